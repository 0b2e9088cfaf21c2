package io.pachube.bridge;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts a main class of this class path as a process of its own, which ends with this one. */
public final class JavaProcess {

    private JavaProcess() {}

    /**
     * @param folder where it runs
     * @param log takes its output
     * @param environment on top of this process's
     */
    public static Process start(
            Path folder, File log, Map<String, String> environment, Class<?> main, Object... args)
            throws IOException {
        return start(folder, log, environment, "256m", main, args);
    }

    /**
     * @param heap its largest size, such as {@code 256m}
     */
    public static Process start(
            Path folder,
            File log,
            Map<String, String> environment,
            String heap,
            Class<?> main,
            Object... args)
            throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx" + heap,
                                "-XX:+ExitOnOutOfMemoryError",
                                "-XX:+UseSerialGC",
                                "-XX:-UsePerfData",
                                "-cp",
                                System.getProperty("java.class.path"),
                                main.getName()));
        for (Object arg : args) {
            command.add(arg.toString());
        }
        return start(folder, log, environment, command);
    }

    /** The same with a command of one's own. */
    public static Process start(
            Path folder, File log, Map<String, String> environment, List<String> command)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log);
        builder.environment().putAll(environment);
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return process;
    }
}
