package io.pachube.bridge;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which package may know which: the arrows point one way. */
class ArchitectureTest {

    private static final String ROOT = "io.pachube.bridge";

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
                .layer("console")
                .definedBy(ROOT + ".console..")
                .layer("history")
                .definedBy(ROOT + ".history..")
                .layer("trigger")
                .definedBy(ROOT + ".trigger..")
                .layer("values")
                .definedBy(ROOT + ".datapoint..", ROOT + ".reading..")
                .layer("report")
                .definedBy(ROOT + ".report..")
                .layer("mqtt")
                .definedBy(ROOT + ".mqtt..")
                .layer("delivery")
                .definedBy(ROOT + ".delivery..")
                .whereLayer("bridge")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("console")
                .mayOnlyBeAccessedByLayers("bridge")
                .whereLayer("history")
                .mayOnlyBeAccessedByLayers("bridge", "console")
                .whereLayer("trigger")
                .mayOnlyBeAccessedByLayers("bridge", "console", "history")
                .whereLayer("values")
                .mayOnlyBeAccessedByLayers("bridge", "history", "trigger")
                .whereLayer("report")
                .mayOnlyBeAccessedByLayers("bridge", "console", "history", "trigger", "values")
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
}
