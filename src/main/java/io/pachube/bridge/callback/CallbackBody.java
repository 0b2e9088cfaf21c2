package io.pachube.bridge.callback;

import org.apache.camel.Message;
import org.apache.camel.http.common.HttpMessage;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.ConnectionMetaData;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Reads the body of a callback, up to a size and within a time. */
final class CallbackBody {

    private CallbackBody() {}

    /**
     * Reads the body of a request, however slowly it arrives.
     *
     * @throws CallbackRejectedException 413 or 408, if it is too large or takes too long
     */
    static byte[] read(Message request, Duration timeout)
            throws CallbackRejectedException, IOException {
        long end = System.nanoTime() + timeout.toNanos();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] part = new byte[8192];
        try (InputStream in = request.getBody(InputStream.class)) {
            for (int n = 0; in != null && n >= 0; ) {
                body.write(part, 0, n);
                if (body.size() > Notification.MAX_BODY_BYTES) {
                    throw new CallbackRejectedException(
                            413, "Content Too Large", "A notification has at most 65536 bytes");
                }
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    throw timedOut();
                }
                setIdleTimeout(request, left + 1); // never before the end
                n = in.read(part);
            }
        } catch (IOException e) {
            if (System.nanoTime() - end < 0) {
                throw e;
            }
            throw timedOut();
        } finally {
            setIdleTimeout(request, 0);
        }
        return body.toByteArray();
    }

    private static CallbackRejectedException timedOut() {
        return new CallbackRejectedException(
                408, "Request Timeout", "The notification took too long to arrive");
    }

    /**
     * @param millis how long the next part may take; 0: the idle time-out of the listener
     */
    private static void setIdleTimeout(Message request, long millis) {
        if (request instanceof HttpMessage http) {
            ConnectionMetaData from =
                    ServletContextRequest.getServletContextRequest(http.getRequest())
                            .getConnectionMetaData();
            from.getConnection()
                    .getEndPoint()
                    .setIdleTimeout(millis == 0 ? from.getConnector().getIdleTimeout() : millis);
        }
    }
}
