package io.pachube.sandbox;

import static java.util.concurrent.CompletableFuture.delayedExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.pachube.sandbox.RequestHandler.RequestTask;

import org.eclipse.jetty.http.HttpStatus;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;

/**
 * A small Pachube with what tests need: injected faults, recorded requests and the variants of
 * Pachube's behaviour. All switches may be set while it runs.
 */
public final class TestPachube extends SandboxPachube {

    private final Service service;

    public TestPachube(String host, int port) {
        this(host, port, Clock.systemUTC());
    }

    TestPachube(String host, int port, Clock clock) {
        this(host, port, clock, new Service());
    }

    private TestPachube(String host, int port, Clock clock, Service service) {
        super(host, port, clock, service::handle);
        this.service = service;
    }

    /** Injects faults from now on; {@link FaultInjector#NONE} ends it. */
    public void setFault(FaultInjector fault) {
        service.fault = Objects.requireNonNull(fault);
    }

    /**
     * Records the latest requests from now on, and forgets those recorded before.
     *
     * @param max how many; 0 ends it
     */
    public void record(int max) {
        service.record(max);
    }

    /** Returns the recorded requests, oldest first. */
    public List<RecordedRequest> received() {
        return service.received();
    }

    /** Adds a key that may do everything. */
    public void addMasterKey(String key) {
        keys.addMaster(key);
    }

    /** Sets the format of notifications; {@link NotificationFormat#WIRE_2011} at first. */
    void setNotificationFormat(NotificationFormat format) {
        notifier.format = Objects.requireNonNull(format);
    }

    /** Lets triggers fire at each value that meets the condition, not only at the first. */
    void setLevelTriggers(boolean levelTriggered) {
        triggers.levelTriggered = levelTriggered;
    }

    /** Lets a change trigger fire at an equal value too. */
    void setChangeOnEqual(boolean change) {
        triggers.changeOnEqual = change;
    }

    private static final class Service {
        private final Deque<RecordedRequest> received = new ArrayDeque<>();
        private volatile FaultInjector fault = FaultInjector.NONE;
        private int recording;

        synchronized void record(int max) {
            recording = max;
            received.clear();
        }

        synchronized List<RecordedRequest> received() {
            return List.copyOf(received);
        }

        private synchronized void add(RequestTask task) {
            if (recording > 0) {
                String target = task.request.getHttpURI().getPathQuery();
                received.add(
                        new RecordedRequest(
                                task.request.getMethod(), target, task.key(), task.body()));
                while (received.size() > recording) {
                    received.remove();
                }
            }
        }

        void handle(RequestTask task) {
            add(task);
            String path = task.request.getHttpURI().getPath();
            FaultInjector.Action action = fault.on(task.request.getMethod(), path, task.key());
            if (action instanceof FaultInjector.Status status) {
                task.send(injected(status));
            } else if (action instanceof FaultInjector.Delay delay) {
                task.request.addIdleTimeoutListener(timeout -> false);
                delayedExecutor(delay.delay().toMillis(), MILLISECONDS)
                        .execute(() -> task.send(task.serve()));
            } else if (action == FaultInjector.Kind.HANG) {
                task.request.addIdleTimeoutListener(timeout -> false);
            } else if (action == FaultInjector.Kind.DROP) {
                drop(task);
            } else if (action == FaultInjector.Kind.LOSE_RESPONSE) {
                task.serve();
                drop(task);
            } else {
                task.send(task.serve());
            }
        }

        private static ApiResponse injected(FaultInjector.Status status) {
            String title = HttpStatus.getMessage(status.status());
            ApiResponse error = ApiResponse.error(status.status(), title, status.errors(), false);
            return new ApiResponse(
                    error.status(), error.contentType(), error.body(), status.headers());
        }

        private static void drop(RequestTask task) {
            task.request.getConnectionMetaData().getConnection().getEndPoint().close();
            task.callback.failed(new IOException("dropped by an injected fault"));
        }
    }
}
