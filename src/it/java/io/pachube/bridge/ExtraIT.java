package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

import javax.tools.ToolProvider;

/** A Camel component in the folder {@code extra}. */
@Tag("slow")
class ExtraIT {

    private static final String COMPONENT =
            """
            package extra;
            import org.apache.camel.*;
            import org.apache.camel.support.*;
            public class HelloComponent extends DefaultComponent {
                @Override
                protected Endpoint createEndpoint(String uri, String rest, java.util.Map<String, Object> options) {
                    return new ProcessorEndpoint(uri, this, exchange -> System.out.println("hello " + rest));
                }
            }
            """;

    @TempDir Path folder;

    private void makeJar(Path jar) throws Exception {
        Path source =
                Files.createDirectories(folder.resolve("src/extra")).resolve("HelloComponent.java");
        Files.writeString(source, COMPONENT);
        Path classes = Files.createDirectory(folder.resolve("classes"));
        assertEquals(
                0,
                ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", classes.toString(), source.toString()));
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out)) {
            entries.putNextEntry(new JarEntry("extra/HelloComponent.class"));
            Files.copy(classes.resolve("extra/HelloComponent.class"), entries);
            entries.putNextEntry(
                    new JarEntry("META-INF/services/org/apache/camel/component/hello"));
            entries.write("class=extra.HelloComponent\n".getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void fault22_aComponentInTheFolderExtraIsFound() throws Exception {
        makeJar(Files.createDirectory(folder.resolve("extra")).resolve("hello.jar"));
        try (Standalone bridge = new Standalone(folder)) {
            Files.writeString(
                    folder.resolve("routes/hello.camel.yaml"),
                    """
                    - route:
                        id: hello
                        from:
                          uri: timer:hello?repeatCount=1
                          steps:
                            - to: hello:world
                    """);
            assertEquals(0, bridge.run("--check").status(), bridge.log());
            bridge.start().awaitLine("hello world");
        }
    }
}
