package io.pachube.bridge.callback;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The file of the callback secret where {@code callback.secret} is not set: created once, readable
 * by its owner only.
 */
public final class CallbackSecretFile {

    private static final Logger LOG = LoggerFactory.getLogger(CallbackSecretFile.class);

    private CallbackSecretFile() {}

    /**
     * Returns the secret; creates the file if it is missing or empty.
     *
     * @throws IOException if it can neither be read nor created
     */
    public static synchronized String loadOrCreate(Path file) throws IOException {
        Path path = file.toAbsolutePath();
        if (!Files.exists(path) || Files.size(path) == 0) {
            Files.createDirectories(path.getParent());
            createIfEmpty(path);
        }
        LOG.info("The callback secret is the one in {}", path);
        return Files.readString(path).strip();
    }

    /** Returns true if others than the file's owner may read it. */
    public static boolean isReadableByOthers(Path file) {
        try {
            return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
        } catch (IOException | UnsupportedOperationException e) {
            return false; // there is no such file, or nothing that says so
        }
    }

    /**
     * Checks that the file could be created, and creates nothing.
     *
     * @throws IOException if it could not
     */
    public static void checkFolder(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        while (!Files.exists(folder)) {
            folder = folder.getParent();
        }
        if (!Files.isDirectory(folder)) {
            throw new NotDirectoryException(folder.toString());
        }
        if (!Files.isWritable(folder)) {
            throw new AccessDeniedException(folder.toString());
        }
    }

    /**
     * Takes a lock: of bridges that start together one creates the secret, the others wait for it.
     */
    private static void createIfEmpty(Path path) throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        path,
                        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                        ownerOnly())) {
            channel.lock(); // until closed
            if (channel.size() == 0) {
                String line = StateCipher.newSecret() + System.lineSeparator();
                channel.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)));
                LOG.info("callback.secret is not set: a new secret was put into {}", path);
            }
        }
    }

    private static FileAttribute<?>[] ownerOnly() {
        Set<String> views = FileSystems.getDefault().supportedFileAttributeViews();
        return views.contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }
}
