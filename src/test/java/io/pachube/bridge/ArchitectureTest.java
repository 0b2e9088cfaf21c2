package io.pachube.bridge;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Which package may know which: the arrows point one way. */
class ArchitectureTest {

    private static final String ROOT = "io.pachube.bridge";

    private static final Path MAIN = Path.of("src/main/java/io/pachube/bridge");
    private static final int MAX_CLASS_LINES = 300;
    private static final int MAX_METHOD_LINES = 60;

    /** Only ever loses names. */
    private static final Set<String> TOO_LONG = Set.of("DeliveryConfiguration");

    private static JavaClasses all;

    @BeforeAll
    static void read() {
        all =
                new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("io.pachube");
    }

    @Test
    void noPackagesKnowEachOther() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(all);
    }

    @Test
    void theArrowsPointOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("bridge")
                .definedBy(ROOT, ROOT + ".karaf")
                .layer("routes")
                .definedBy(ROOT + ".routes..")
                .layer("console")
                .definedBy(ROOT + ".console..")
                .layer("history")
                .definedBy(ROOT + ".history..")
                .layer("trigger")
                .definedBy(ROOT + ".trigger..")
                .layer("callback")
                .definedBy(ROOT + ".callback..")
                .layer("values")
                .definedBy(ROOT + ".datapoint..", ROOT + ".reading..")
                .layer("report")
                .definedBy(ROOT + ".report..")
                .layer("pachube")
                .definedBy(ROOT + ".pachube..")
                .layer("feature")
                .definedBy(ROOT + ".feature..")
                .layer("mqtt")
                .definedBy(ROOT + ".mqtt..")
                .layer("delivery")
                .definedBy(ROOT + ".delivery..")
                .whereLayer("bridge")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("routes")
                .mayOnlyBeAccessedByLayers("bridge")
                .whereLayer("console")
                .mayOnlyBeAccessedByLayers("bridge")
                .whereLayer("history")
                .mayOnlyBeAccessedByLayers("bridge", "console")
                .whereLayer("trigger")
                .mayOnlyBeAccessedByLayers("bridge", "console", "history")
                .whereLayer("callback")
                .mayOnlyBeAccessedByLayers("bridge", "history", "trigger")
                .whereLayer("values")
                .mayOnlyBeAccessedByLayers("bridge", "callback", "history", "trigger")
                .whereLayer("report")
                .mayOnlyBeAccessedByLayers(
                        "bridge", "callback", "console", "history", "trigger", "values")
                .whereLayer("pachube")
                .mayOnlyAccessLayers("delivery")
                .whereLayer("feature")
                .mayNotAccessAnyLayer()
                .whereLayer("mqtt")
                .mayNotAccessAnyLayer()
                .whereLayer("delivery")
                .mayNotAccessAnyLayer()
                .check(all);
    }

    /** It is useful to any context. */
    @Test
    void theDeliveryKnowsNeitherTheBridgeNorItsProtocols() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".delivery..")
                .should()
                .dependOnClassesThat(
                        resideInAPackage(ROOT + "..")
                                .and(not(resideInAPackage(ROOT + ".delivery..")))
                                .or(
                                        resideInAnyPackage(
                                                "org.eclipse.paho..",
                                                "org.apache.camel.component.paho..",
                                                "org.eclipse.jetty..",
                                                "io.micrometer..")))
                .check(all);
    }

    @Test
    void nothingKnowsTheSandbox() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.pachube.sandbox..")
                .check(all);
    }

    /** Reports and histories publish by Paho's client, and see its exception. */
    @Test
    void pahoStaysInItsPackage() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        ROOT,
                        ROOT + ".mqtt..",
                        ROOT + ".report..",
                        ROOT + ".history..",
                        "io.pachube.sandbox")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.eclipse.paho..")
                .check(all);
    }

    /** A class with its imports: one file. */
    @Test
    void classesAndMethodsAreShort() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Set<String> tooLong = new TreeSet<>();
        try (Stream<Path> files = Files.walk(MAIN);
                StandardJavaFileManager manager =
                        compiler.getStandardFileManager(null, null, null)) {
            List<Path> sources = files.filter(f -> f.toString().endsWith(".java")).toList();
            JavacTask task =
                    (JavacTask)
                            compiler.getTask(
                                    null,
                                    manager,
                                    null,
                                    List.of("-proc:none"),
                                    null,
                                    manager.getJavaFileObjectsFromPaths(sources));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree unit : task.parse()) {
                tooLong.addAll(tooLong(unit, positions));
            }
        }
        assertEquals(new TreeSet<>(TOO_LONG), tooLong);
    }

    private static List<String> tooLong(CompilationUnitTree unit, SourcePositions positions)
            throws IOException {
        Path file = Path.of(unit.getSourceFile().toUri());
        String name = file.getFileName().toString().replace(".java", "");
        List<String> found = new ArrayList<>();
        if (Files.readAllLines(file).size() > MAX_CLASS_LINES) {
            found.add(name);
        }
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitMethod(MethodTree method, Void none) {
                LineMap lines = unit.getLineMap();
                long first = lines.getLineNumber(positions.getStartPosition(unit, method));
                long last = lines.getLineNumber(positions.getEndPosition(unit, method));
                if (last - first >= MAX_METHOD_LINES) {
                    found.add(name + "." + method.getName());
                }
                return super.visitMethod(method, none);
            }
        }.scan(unit, null);
        return found;
    }
}
