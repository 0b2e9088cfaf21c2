package io.pachube.bridge.log;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.LinkedHashSet;
import java.util.Set;

/** Says in one line why something failed. */
public final class ExceptionMessages {

    private ExceptionMessages() {}

    /** Returns the messages of an exception and of its causes, each once. */
    public static String summarize(Throwable e) {
        Set<String> messages = new LinkedHashSet<>();
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            String text = cause.getMessage() == null ? cause.toString() : cause.getMessage();
            if (messages.stream().noneMatch(known -> known.contains(text))) {
                messages.add(text);
            }
        }
        return String.join("; ", messages);
    }

    /** Returns why a file cannot be read or written. */
    public static String ofFile(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "there is no such file";
        }
        if (e instanceof AccessDeniedException) {
            return "access is denied";
        }
        if (e instanceof NotDirectoryException) {
            return e.getMessage() + " is no folder";
        }
        if (e instanceof MalformedInputException) {
            return "it is not UTF-8";
        }
        return summarize(e);
    }
}
