package io.pachube.bridge;

import org.apache.logging.log4j.core.LoggerContext;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Everything that is logged, at TRACE, in a file. */
final class TraceLog implements AutoCloseable {

    private final LoggerContext log = LoggerContext.getContext(false);
    private final Path file;

    /**
     * @param name of the file, without extension
     * @param message the layout's pattern for the message
     */
    TraceLog(Path folder, String name, String message) throws IOException {
        file = folder.resolve(name + ".log");
        Path configuration = folder.resolve(name + ".properties");
        Files.writeString(
                configuration,
                """
                rootLogger.level = trace
                rootLogger.appenderRef.file.ref = file
                appender.file.type = File
                appender.file.name = file
                appender.file.fileName = %s
                appender.file.layout.type = PatternLayout
                appender.file.layout.pattern = %%d %%p %%c - %s
                """
                        .formatted(file, message));
        log.setConfigLocation(configuration.toUri());
    }

    /** Returns the logged lines. */
    String text() throws IOException {
        return Files.readString(file);
    }

    @Override
    public void close() {
        log.setConfigLocation(null);
    }
}
