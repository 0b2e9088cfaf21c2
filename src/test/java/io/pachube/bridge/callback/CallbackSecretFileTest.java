package io.pachube.bridge.callback;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

class CallbackSecretFileTest {

    @TempDir Path folder;
    private Path file;

    @BeforeEach
    void choose() {
        file = folder.resolve("data/deeper/callback.secret");
    }

    @Test
    void aMissingFileIsMadeWithAGoodSecretAndItsFolders() throws Exception {
        String secret = CallbackSecretFile.loadOrCreate(file);

        assertDoesNotThrow(() -> new CallbackTokenCodec(new StateCipher(secret)));
        assertEquals(secret, Files.readString(file).strip());
    }

    @Test
    void itIsMadeOnceAndReadAgain() throws Exception {
        String secret = CallbackSecretFile.loadOrCreate(file);

        assertEquals(secret, CallbackSecretFile.loadOrCreate(file));
    }

    @Test
    void eachFileHasASecretOfItsOwn() throws Exception {
        assertNotEquals(
                CallbackSecretFile.loadOrCreate(file),
                CallbackSecretFile.loadOrCreate(folder.resolve("another.secret")));
    }

    @Test
    void onlyTheOwnerReadsIt() throws Exception {
        assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));

        CallbackSecretFile.loadOrCreate(file);

        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void whatAnOperatorPutThereIsTakenAsItIs() throws Exception {
        Path own = folder.resolve("own.secret");
        Files.writeString(own, "\n  one,two \n\n");

        assertEquals("one,two", CallbackSecretFile.loadOrCreate(own));
        assertEquals("\n  one,two \n\n", Files.readString(own));
    }

    @Test
    void aFileThatWasLeftEmptyIsFilled() throws Exception {
        Path empty = Files.createFile(folder.resolve("empty.secret"));

        String secret = CallbackSecretFile.loadOrCreate(empty);

        assertDoesNotThrow(() -> new CallbackTokenCodec(new StateCipher(secret)));
        assertEquals(secret, CallbackSecretFile.loadOrCreate(empty));
    }

    @Test
    void theFolderMayBeALinkToOne() throws Exception {
        assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
        Path real = Files.createDirectory(folder.resolve("real"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), real);

        String secret = CallbackSecretFile.loadOrCreate(link.resolve("callback.secret"));

        assertEquals(secret, CallbackSecretFile.loadOrCreate(real.resolve("callback.secret")));
    }

    @Test
    void bridgesThatStartTogetherShareIt() throws Exception {
        int bridges = 8;
        ExecutorService threads = Executors.newFixedThreadPool(bridges);
        try {
            for (int round = 0; round < 50; round++) {
                Path shared = folder.resolve("shared" + round);
                CyclicBarrier start = new CyclicBarrier(bridges);
                List<Future<String>> secrets = new ArrayList<>();
                for (int i = 0; i < bridges; i++) {
                    secrets.add(
                            threads.submit(
                                    () -> {
                                        start.await();
                                        return CallbackSecretFile.loadOrCreate(shared);
                                    }));
                }
                Set<String> different = new HashSet<>();
                for (Future<String> secret : secrets) {
                    different.add(secret.get());
                }
                assertEquals(Set.of(Files.readString(shared).strip()), different);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aFileThatCannotBeMadeIsAnError() throws Exception {
        Path noFolder = Files.createFile(folder.resolve("noFolder"));

        assertThrows(
                IOException.class,
                () -> CallbackSecretFile.loadOrCreate(noFolder.resolve("callback.secret")));
    }
}
