package io.k8sfw.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.matrix.Facts.Fact;
import io.k8sfw.matrix.Facts.Provenance;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MatrixChoiceTests {
  @Test
  void aKubeadmClusterWithFlannelGetsBoth() {
    assertThat(
            from(
                Map.of(
                    "distribution",
                    new Fact("kubeadm", Provenance.DETECTED),
                    "cni",
                    new Fact("flannel", Provenance.DETECTED),
                    "backend",
                    new Fact("vxlan", Provenance.DECLARED))))
        .isEqualTo(
            new MatrixChoice(
                List.of("kubeadm", "flannel"),
                "chosen because distribution kubeadm (detected), cni flannel (detected), backend vxlan"
                    + " (declared)"));
  }

  @Test
  void whatIsNotKnownIsSaid() {
    assertThat(MatrixChoice.from(Facts.NONE))
        .isEqualTo(
            new MatrixChoice(
                List.of("kubeadm"),
                "chosen because distribution not known (the table of plain Kubernetes was taken), cni"
                    + " not known: no overlay port is demanded, and none is looked at"));
    assertThat(MatrixChoice.from(Facts.declared(Map.of("cni", "canal"))).because())
        .endsWith("cni canal (declared), backend not known: what hangs on it is judged both ways");
  }

  @Test
  void anotherCniOrBackendIsNotPassedOver() {
    assertThat(MatrixChoice.from(Facts.declared(Map.of("cni", "cilium"))))
        .satisfies(c -> assertThat(c.builtins()).containsExactly("kubeadm"))
        .satisfies(c ->
            assertThat(c.because())
                .endsWith(
                    "cni cilium (declared): no overlay port is demanded, and none is looked at"));
    assertThat(
            MatrixChoice.from(Facts.declared(Map.of("cni", "flannel", "backend", "host-gw")))
                .because())
        .endsWith(
            "backend host-gw (declared): nothing is demanded for that backend, and its traffic is not"
                + " looked at");
  }

  @Test
  void anotherDistributionGetsNone() {
    MatrixChoice choice = MatrixChoice.from(Facts.declared(Map.of("distribution", "k3s")));
    assertThat(choice.builtins()).isEmpty();
    assertThat(choice.because())
        .isEqualTo(
            "no built-in matrix fits: distribution k3s (declared), and kubeadm's ports are not its"
                + " own");
  }

  @Test
  void whatIsChosenExists() {
    MatrixChoice all =
        MatrixChoice.from(Facts.declared(Map.of("distribution", "kubeadm", "cni", "flannel")));
    assertThat(BuiltinMatrices.names()).containsAll(all.builtins());
  }

  private static MatrixChoice from(Map<String, Fact> facts) {
    return MatrixChoice.from(new Facts(new TreeMap<>(facts)));
  }
}
