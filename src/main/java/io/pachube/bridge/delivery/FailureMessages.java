package io.pachube.bridge.delivery;

import org.apache.camel.http.base.HttpOperationFailedException;

import java.io.IOException;
import java.net.UnknownHostException;

import javax.net.ssl.SSLException;

/** Says in one line why a request failed. */
public final class FailureMessages {

    private FailureMessages() {}

    /** Returns why no answer came: the host is unknown, TLS, refused, timed out. */
    public static String reason(IOException thrown) {
        // HttpClient puts the address before it
        String message = messageOf(thrown).replaceFirst("^Connect to [^,]* failed: ", "");
        if (thrown instanceof UnknownHostException) {
            return "unknown host: " + message;
        }
        return thrown instanceof SSLException ? "TLS: " + message : message;
    }

    /** Returns why a target counts as down: the status of a proxy, or why no answer came. */
    static String outageReason(Throwable thrown) {
        for (Throwable e = thrown; e != null; e = e.getCause()) {
            if (e instanceof HttpOperationFailedException answer) {
                return "status " + answer.getStatusCode(); // its message has the whole address
            }
            if (e instanceof IOException failure) {
                return reason(failure);
            }
        }
        return messageOf(thrown);
    }

    /** Returns the message of a Throwable, or of that which it wraps; else its type. */
    public static String messageOf(Throwable thrown) {
        String message = thrown.getMessage();
        Throwable cause = thrown.getCause();
        if (cause != null && (message == null || message.equals(cause.toString()))) {
            return messageOf(cause); // it was only wrapped
        }
        return message == null ? thrown.getClass().getSimpleName() : message;
    }
}
