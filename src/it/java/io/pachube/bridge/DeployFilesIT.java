package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.pachube.bridge.config.Settings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The files of src/main/deploy for compose and Kubernetes, each by its own tool or typed model. */
class DeployFilesIT {

    private static final Path DEPLOY = Path.of("src/main/deploy");
    private static final String NAME = "pachube-bridge";

    private static final Map<String, Class<? extends HasMetadata>> KINDS =
            Map.of(
                    "ConfigMap", ConfigMap.class,
                    "Secret", Secret.class,
                    "Deployment", Deployment.class,
                    "Service", Service.class,
                    "ServiceMonitor", ServiceMonitor.class);

    /** The models take unknown fields; this does not. */
    private static final JsonMapper STRICT =
            JsonMapper.builder()
                    .annotationIntrospector(
                            new JacksonAnnotationIntrospector() {
                                private static final long serialVersionUID = 1;

                                @Override
                                public Boolean hasAnySetter(Annotated annotated) {
                                    return false;
                                }
                            })
                    .build();

    @TempDir Path folder;

    private static Object yaml(String text) {
        return new Load(LoadSettings.builder().build()).loadFromString(text);
    }

    private static List<HasMetadata> resources(String yaml) {
        List<HasMetadata> resources = new ArrayList<>();
        for (Object document : new Load(LoadSettings.builder().build()).loadAllFromString(yaml)) {
            String kind = (String) ((Map<?, ?>) document).get("kind");
            resources.add(STRICT.convertValue(document, KINDS.get(kind)));
        }
        return resources;
    }

    private static <T extends HasMetadata> T resource(String file, Class<T> kind)
            throws IOException {
        return resources(Files.readString(DEPLOY.resolve("kubernetes").resolve(file))).stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .findFirst()
                .orElseThrow();
    }

    private static Optional<Path> program(String name) {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(path -> Path.of(path, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    @Test
    void theResourcesOfKubernetesFitEachOther() throws Exception {
        Deployment deployment = resource("bridge.yaml", Deployment.class);
        PodTemplateSpec pod = deployment.getSpec().getTemplate();
        Map<String, String> labels = pod.getMetadata().getLabels();
        assertEquals(labels, deployment.getSpec().getSelector().getMatchLabels());
        Service service = resource("bridge.yaml", Service.class);
        assertEquals(labels, service.getSpec().getSelector());
        ServiceMonitor monitor = resource("servicemonitor.yaml", ServiceMonitor.class);
        assertEquals(
                service.getMetadata().getLabels(),
                monitor.getSpec().getSelector().getMatchLabels());

        Container bridge = pod.getSpec().getContainers().get(0);
        Set<String> ports =
                bridge.getPorts().stream().map(ContainerPort::getName).collect(Collectors.toSet());
        for (Probe probe :
                List.of(
                        bridge.getStartupProbe(),
                        bridge.getReadinessProbe(),
                        bridge.getLivenessProbe())) {
            assertTrue(ports.contains(probe.getHttpGet().getPort().getStrVal()));
        }
        service.getSpec()
                .getPorts()
                .forEach(port -> assertTrue(ports.contains(port.getTargetPort().getStrVal())));
        String scraped = monitor.getSpec().getEndpoints().get(0).getPort();
        assertTrue(
                service.getSpec().getPorts().stream().anyMatch(p -> p.getName().equals(scraped)));

        Set<String> settings =
                Settings.all().stream()
                        .map(setting -> setting.name().replaceAll("[.-]", "_").toUpperCase())
                        .collect(Collectors.toSet());
        ConfigMap config = resource("bridge.yaml", ConfigMap.class);
        config.getData().keySet().forEach(name -> assertTrue(settings.contains(name), name));
        bridge.getEnv().forEach(e -> assertTrue(settings.contains(e.getName()), e.getName()));
    }

    /** The profile "restricted" of Kubernetes' pod security standards, and a read-only root. */
    @Test
    void thePodIsRestricted() throws Exception {
        var pod = resource("bridge.yaml", Deployment.class).getSpec().getTemplate().getSpec();
        assertTrue(pod.getSecurityContext().getRunAsNonRoot());
        assertEquals("RuntimeDefault", pod.getSecurityContext().getSeccompProfile().getType());
        var container = pod.getContainers().get(0).getSecurityContext();
        assertEquals(false, container.getAllowPrivilegeEscalation());
        assertEquals(true, container.getReadOnlyRootFilesystem());
        assertEquals(List.of("ALL"), container.getCapabilities().getDrop());
    }

    /** The commands of the page, without a cluster, make what the Deployment refers to. */
    @Test
    void theCommandsForKubernetesMakeWhatTheDeploymentNeeds() throws Exception {
        List<String> commands =
                Documents.block("sh", "kubectl create secret")
                        .text()
                        .replaceAll("\\\\\n *", "")
                        .lines()
                        .toList();
        String applied = commands.get(2).replaceFirst("kubectl apply -f ", "");
        assertTrue(Files.exists(Path.of(applied)), applied);
        if (program("kubectl").isEmpty()) {
            return;
        }
        ConfigMap routes = (ConfigMap) dryRun(commands.get(0));
        assertTrue(routes.getData().containsKey("datapoint.camel.yaml"));
        Secret secret = (Secret) dryRun(commands.get(1));
        var pod = resource("bridge.yaml", Deployment.class).getSpec().getTemplate().getSpec();
        assertTrue(
                pod.getVolumes().stream()
                        .anyMatch(
                                volume ->
                                        volume.getConfigMap() != null
                                                && volume.getConfigMap()
                                                        .getName()
                                                        .equals(routes.getMetadata().getName())));
        pod.getContainers()
                .get(0)
                .getEnv()
                .forEach(
                        variable -> {
                            var key = variable.getValueFrom().getSecretKeyRef();
                            assertEquals(secret.getMetadata().getName(), key.getName());
                            assertTrue(secret.getData().containsKey(key.getKey()), key.getKey());
                        });
        run("kubectl", "label", "--local", "-f", applied, "x=y", "-o", "name");
    }

    private static HasMetadata dryRun(String command) throws Exception {
        return resources(run("bash", "-c", command + " --dry-run=client -o yaml")).get(0);
    }

    @Test
    void composeAcceptsItsFile() throws Exception {
        Path compose = DEPLOY.resolve("compose/compose.yaml");
        Map<?, ?> services =
                (Map<?, ?>) ((Map<?, ?>) yaml(Files.readString(compose))).get("services");
        assertEquals(Set.of("mosquitto", "bridge", "prometheus", "grafana"), services.keySet());
        for (Object service : services.values()) {
            for (Object volume : (List<?>) ((Map<?, ?>) service).get("volumes")) {
                String mounted = volume.toString().split(":")[0];
                assertTrue(
                        !mounted.startsWith(".") || Files.exists(compose.resolveSibling(mounted)),
                        mounted);
            }
        }
        if (program("docker-compose").isPresent()) {
            run("docker-compose", "-f", compose.toString(), "config", "--quiet");
        }
    }

    @Test
    void prometheusAcceptsTheFileForCompose() throws Exception {
        for (String file : List.of("compose/prometheus.yml", "prometheus/alerts.yml")) {
            Path from = DEPLOY.resolve(file);
            Files.copy(from, folder.resolve(from.getFileName()));
        }
        Optional<Promtool> promtool = Promtool.find();
        if (promtool.isPresent()) {
            String file = folder.resolve("prometheus.yml").toString();
            promtool.get().run("", "check", "config", file);
        }
    }

    @Test
    void mosquittoStartsWithTheFileForCompose() throws Exception {
        try (Mosquitto mosquitto =
                Mosquitto.configured(
                        folder,
                        DEPLOY.resolve("compose/mosquitto.conf"),
                        Map.of(
                                "listener 1883\n",
                                "listener @port@ 127.0.0.1\nuser root\n",
                                "/mosquitto/data/",
                                folder + "/"))) {
            mosquitto.start();
            new MqttPeer(mosquitto.url()).close();
        }
    }

    @Test
    void grafanasDashboardIsWhereItsProviderLooks() throws Exception {
        Path compose = DEPLOY.resolve("compose");
        Map<?, ?> dashboards =
                (Map<?, ?>) yaml(Files.readString(compose.resolve("dashboards.yaml")));
        Map<?, ?> provider = (Map<?, ?>) ((List<?>) dashboards.get("providers")).get(0);
        Object path = ((Map<?, ?>) provider.get("options")).get("path");
        assertTrue(
                Files.readString(compose.resolve("compose.yaml"))
                        .contains(":" + path + "/" + NAME + ".json:ro"));
        Map<?, ?> sources = (Map<?, ?>) yaml(Files.readString(compose.resolve("datasources.yaml")));
        Map<?, ?> source = (Map<?, ?>) ((List<?>) sources.get("datasources")).get(0);
        assertEquals("http://prometheus:9090", source.get("url"));
    }
}
