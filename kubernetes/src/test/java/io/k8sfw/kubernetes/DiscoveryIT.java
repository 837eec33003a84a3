package io.k8sfw.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.InventoryReader;
import io.k8sfw.matrix.BuiltinMatrices;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.Zone;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against a real Kubernetes.
class DiscoveryIT {
  private static final String NAMESPACE = "k8sfw-discovery-it";

  /// A rule of the manifest, and what is said without it on the cluster at hand.
  private record Right(String resources, String line) {}

  /// The cluster at hand has none of Calico's objects, which are then not asked for.
  private static final List<Right> RIGHTS =
      List.of(
          new Right("[services]", "list services"),
          new Right("[endpoints]", "list endpoints"),
          new Right("[servicecidrs]", "list servicecidrs.networking.k8s.io"),
          new Right("[configmaps]", "get configmaps kubeadm-config"),
          new Right("[daemonsets]", "get daemonsets.apps"));

  @TempDir Path directory;

  private static Inventory read(Discovered found) throws Exception {
    return InventoryReader.read(
        "cluster",
        found.text().getBytes(StandardCharsets.UTF_8),
        BuiltinMatrices.find("seed").orElseThrow());
  }

  @Test
  void theClusterOfTheScriptIsFoundAsItWasMade() throws Exception {
    Discovered found;
    try (ClusterConnection cluster = LiveCluster.open(LiveCluster.scripted())) {
      found = Discovery.of(cluster, DiscoveryOptions.NONE);
    }
    Inventory inventory = read(found);

    assertThat(inventory.nodes())
        .extracting(n -> n.name() + " " + n.zones())
        .containsExactly(
            "cp-1 [control-plane, etcd]", "worker-1 [ingress, worker]", "worker-2 [worker]");
    assertThat(inventory.node("worker-1").orElseThrow().addresses())
        .extracting(a -> a.type().word() + " " + AddressText.of(a.address()))
        .containsExactly("internal 10.77.0.21", "overlay 10.244.1.0");
    assertThat(inventory.tunnels()).hasSize(2);
    assertThat(inventory.facts().value("cni")).contains("flannel");
    assertThat(inventory.facts().value("backend")).contains("vxlan");
    assertThat(inventory.facts().value("api-port")).contains("6443");
    assertThat(inventory.facts().value("dual-stack")).contains("false");
    assertThat(inventory.facts().value("overlay-port")).isEmpty();
    assertThat(inventory.facts().value("node-port-range")).isEmpty();
    assertThat(inventory.services()).hasSize(1);
    assertThat(inventory.services().getFirst().endpointNodes())
        .contains(List.of("worker-1", "worker-2"));
    assertThat(inventory.vantagePoint("pods").orElseThrow().zones()).containsExactly(Zone.POD);
    assertThat(found.unaudited()).isEmpty();
  }

  /// With exactly the rights that are printed; and with each of them taken away.
  @Test
  void thePrintedRightsAreEnoughAndEachIsNeeded() throws Exception {
    Path admin = LiveCluster.scripted();
    String manifest = Rbac.manifest(NAMESPACE).replace("k8sfw-audit-discovery", NAMESPACE);
    String whole;
    try (ClusterConnection cluster = LiveCluster.open(admin)) {
      whole = Discovery.of(cluster, DiscoveryOptions.NONE).text();
    }
    try {
      Path account = account(admin, manifest);
      Discovered found = discover(account);

      assertThat(found.notes()).noneMatch(note -> note.startsWith("no right to "));
      assertThat(nodes(found.text())).isEqualTo(nodes(whole));
      for (Right right : RIGHTS) {
        apply(admin, without(manifest, right.resources()));
        assertThat(discoverUntil(account, "no right to " + right.line()).notes())
            .as(right.resources())
            .anyMatch(note -> note.startsWith("no right to " + right.line()));
      }
      apply(admin, without(manifest, "[nodes]"));
      assertThat(refusal(account)).contains("no right to list nodes");
    } finally {
      LiveCluster.kubectl(
          admin, "", "delete", "clusterrolebinding,clusterrole", NAMESPACE, "--wait=false");
      LiveCluster.kubectl(admin, "", "delete", "namespace", NAMESPACE, "--wait=false");
    }
  }

  @Test
  void aTokenOfNobodyIsOneLine() throws Exception {
    Path admin = LiveCluster.kubeconfig();
    String text =
        Files.readString(admin)
            .replaceAll("client-certificate-data: [^,}\\s]*, ", "")
            .replaceAll("client-key-data: [^,}\\s]*", "token: nobody");
    Path file = Files.writeString(directory.resolve("nobody"), text);

    assertThat(catchThrowableOfType(ClusterUnavailable.class, () -> LiveCluster.open(file)))
        .hasMessageContaining("does not know who we are (401)");
    Path none = Files.writeString(directory.resolve("none"), text.replace("token: nobody", ""));
    assertThat(catchThrowableOfType(ClusterUnavailable.class, () -> discover(none)))
        .hasMessageContaining("takes us for system:anonymous (403)");
  }

  private static Discovered discover(Path kubeconfig) throws Exception {
    try (ClusterConnection cluster = LiveCluster.open(kubeconfig)) {
      return Discovery.of(cluster, DiscoveryOptions.NONE);
    }
  }

  /// The API server takes notice of other rights in a moment, not at once.
  private static Discovered discoverUntil(Path kubeconfig, String note) throws Exception {
    Discovered found = discover(kubeconfig);
    for (int i = 0; i < 20 && found.notes().stream().noneMatch(n -> n.startsWith(note)); i++) {
      Thread.sleep(500);
      found = discover(kubeconfig);
    }
    return found;
  }

  private static String refusal(Path kubeconfig) throws Exception {
    for (int i = 0; i < 20; i++) {
      try {
        discover(kubeconfig);
      } catch (ClusterUnavailable e) {
        return e.getMessage();
      }
      Thread.sleep(500);
    }
    return "not refused";
  }

  private static String nodes(String text) {
    return text.substring(text.indexOf("nodes:"));
  }

  /// The rule that names these resources has none.
  private static String without(String manifest, String resources) {
    String named = "\n  resources: " + resources + "\n";
    assertThat(manifest).contains(named);
    return manifest.replaceFirst(Pattern.quote(named), "\n  resources: [nothing]\n");
  }

  private static void apply(Path admin, String manifest) throws Exception {
    LiveCluster.kubectl(admin, manifest, "apply", "-f", "-");
  }

  /// @return a kubeconfig of the service account, and nobody else
  private Path account(Path admin, String manifest) throws Exception {
    apply(admin, manifest);
    String token =
        LiveCluster.kubectl(admin, "", "-n", NAMESPACE, "create", "token", "k8sfw-audit").strip();
    String text = Files.readString(admin);
    Matcher certificate =
        Pattern.compile("client-certificate-data: [^,}\\s]*, client-key-data: [^,}\\s]*")
            .matcher(text);
    assertThat(certificate.find()).isTrue();
    return Files.writeString(
        directory.resolve("account"),
        certificate.replaceFirst(Matcher.quoteReplacement("token: " + token)));
  }
}
