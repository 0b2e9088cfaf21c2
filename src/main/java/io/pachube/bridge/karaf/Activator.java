package io.pachube.bridge.karaf;

import io.pachube.bridge.PachubeBridge;
import io.pachube.bridge.log.ExceptionMessages;
import io.pachube.bridge.log.SecretMasker;

import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ManagedService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Collections;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * The bridge in Karaf: runs, in a context of its own, while ConfigAdmin has a configuration {@code
 * io.pachube.bridge} (Karaf reads it from {@code etc/io.pachube.bridge.cfg}), and restarts when
 * that changes. A change with a fault in it is logged, and the bridge goes on as it was.
 *
 * <p>All work is done on one thread, so that neither Karaf's start nor ConfigAdmin waits for it.
 */
public final class Activator implements BundleActivator, ManagedService {

    private static final Logger LOG = LoggerFactory.getLogger(Activator.class);
    private static final String PID = "io.pachube.bridge";

    /** Properties that ConfigAdmin and Karaf add to a configuration. */
    private static final Pattern FRAMEWORK_PROPERTIES =
            Pattern.compile("service\\..*|felix\\..*|org\\.apache\\.karaf\\..*");

    private static final int SHUTDOWN_TIMEOUT_SECONDS = 6;
    private static final int STOP_SECONDS = 10;

    private final Properties defaults = new Properties();
    private ExecutorService worker;
    private ServiceRegistration<ManagedService> registration;

    // only used by the worker: the context that runs, and its settings
    private Properties settings;
    private CamelContext camel;

    @Override
    public void start(BundleContext bundle) {
        // as in the cfg, which comes a second late: a command before that makes a configuration
        // alone
        defaults.setProperty("mqtt.url", "tcp://localhost:1883");
        String etc = bundle.getProperty("karaf.etc");
        if (etc != null) {
            defaults.setProperty("routes.directory", etc + "/pachube-bridge/routes");
            defaults.setProperty("callback.secret-file", etc + "/pachube-bridge/callback.secret");
        }
        worker = Executors.newSingleThreadExecutor(Activator::newThread);
        Dictionary<String, String> pid = new Hashtable<>();
        pid.put(Constants.SERVICE_PID, PID);
        registration = bundle.registerService(ManagedService.class, this, pid);
    }

    /** Camel and its libraries load classes and resources by the thread's context class loader. */
    private static Thread newThread(Runnable task) {
        Thread thread = new Thread(task, "pachube-bridge");
        thread.setContextClassLoader(Activator.class.getClassLoader());
        return thread;
    }

    /** Called by ConfigAdmin: once at the start, and after each change. */
    @Override
    public void updated(Dictionary<String, ?> configuration) {
        Properties changed = configuration == null ? null : settings(configuration);
        worker.execute(() -> apply(changed));
    }

    private Properties settings(Dictionary<String, ?> configuration) {
        Properties read = new Properties();
        read.putAll(defaults);
        for (String name : Collections.list(configuration.keys())) {
            if (!FRAMEWORK_PROPERTIES.matcher(name).matches()) {
                read.setProperty(name, String.valueOf(configuration.get(name)));
            }
        }
        return read;
    }

    private void apply(Properties changed) {
        if (changed == null) {
            stopCamel();
            LOG.info("The bridge waits for its configuration, {}", PID);
            settings = null;
        } else if (!changed.equals(settings)) {
            List<String> problems = PachubeBridge.validate(changed);
            if (problems.isEmpty()) {
                restart(changed);
            } else {
                refuse(String.join("; ", problems));
            }
        }
    }

    private void restart(Properties changed) {
        Properties before = settings;
        stopCamel();
        settings = null;
        try {
            startCamel(changed);
            settings = changed;
        } catch (Exception | LinkageError e) {
            stopCamel();
            if (before != null) {
                try {
                    startCamel(before);
                    settings = before;
                } catch (Exception | LinkageError again) {
                    LOG.debug("Stack trace", again);
                    stopCamel();
                }
            }
            refuse(ExceptionMessages.summarize(e));
            LOG.debug("Stack trace", e);
        }
    }

    private void refuse(String reason) {
        LOG.error(
                camel == null
                        ? "The bridge cannot start: {}; it tries again when the configuration {} has"
                                + " changed"
                        : "The bridge goes on as it was: {}; change the configuration {} again",
                SecretMasker.mask(reason.replace("\n", "; ")),
                PID);
    }

    private void startCamel(Properties properties) throws Exception {
        // its threads are named as it was when it is built
        DefaultCamelContext context = new DefaultCamelContext(false);
        camel = context;
        context.getCamelContextExtension().setName("pachube-mqtt-bridge");
        context.build();
        camel.setApplicationContextClassLoader(Activator.class.getClassLoader());
        camel.getPropertiesComponent().setOverrideProperties(properties);
        camel.getShutdownStrategy().setTimeout(SHUTDOWN_TIMEOUT_SECONDS);
        camel.addRoutes(new PachubeBridge().inOwnContext());
        camel.start();
    }

    private void stopCamel() {
        if (camel != null) {
            camel.stop();
            camel = null;
        }
    }

    @Override
    public void stop(BundleContext bundle) throws InterruptedException {
        registration.unregister();
        worker.execute(this::stopCamel);
        worker.shutdown();
        if (!worker.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
            LOG.warn("The bridge has not stopped within {} s", STOP_SECONDS);
        }
    }
}
