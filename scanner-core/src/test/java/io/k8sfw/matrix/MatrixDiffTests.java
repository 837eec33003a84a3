package io.k8sfw.matrix;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MatrixDiffTests {
  private static final String WEB = "to: worker, protocol: tcp, from: [pod, external]";

  @Test
  void theSeedsErrataAreItsDifferencesFromTheCorrectedSeed() {
    Matrix seed = BuiltinMatrices.find("seed").orElseThrow();
    Matrix corrected = BuiltinMatrices.find("seed-corrected").orElseThrow();
    String udp = ", when cni is flannel, and backend is udp";
    String vxlan = ", when cni is flannel, and backend is vxlan";
    String nowRequired = ": forbidden in the first, required in the second";
    assertThat(diff(seed, corrected))
        .containsExactly(
            "tcp 6443 from api-client, end-user and worker to control-plane: forbidden in the first,"
                + " permitted in the second",
            "udp 8285 from control-plane and worker to control-plane" + udp + nowRequired,
            "udp 8472 from control-plane and worker to control-plane" + vxlan + nowRequired,
            "tcp 2379 from control-plane to etcd" + nowRequired,
            "tcp 2379-2380 from worker to etcd: required in the first, forbidden in the second",
            "tcp 2380 from etcd to etcd" + nowRequired,
            "tcp 443 from api-client, end-user and worker to worker: required in the first, forbidden"
                + " in the second",
            "tcp 10255 from pod to worker: required in the first, permitted in the second",
            "udp 8285 from control-plane to worker" + udp + nowRequired,
            "udp 8472 from control-plane to worker" + vxlan + nowRequired);
  }

  @Test
  void aMatrixDoesNotDifferFromItself() {
    for (String name : BuiltinMatrices.names()) {
      Matrix matrix = BuiltinMatrices.find(name).orElseThrow();
      assertThat(MatrixDiff.between(matrix, matrix)).isEmpty();
    }
  }

  @Test
  void howFlowsAreCutIntoRulesIsNoDifference() throws Exception {
    Matrix one = matrix(WEB + ", ports: 80-90, expect: path, when: {a: [x, y], b: z}");
    Matrix other =
        matrix(
            "to: worker, protocol: tcp, from: pod, ports: 80-90, expect: path, when: {b: z, a: [y, x]}",
            "to: worker, protocol: tcp, from: external, ports: 80-85, expect: path, when: {b: z, a: [x, y]}",
            "to: worker, protocol: tcp, from: external, ports: \"86, 87-90\", expect: path, when: {a: [x, y], b: z}",
            "to: worker, protocol: tcp, from: external, ports: 88, expect: permitted, when: {a: [x, y], b: z}");
    assertThat(diff(one, other)).isEmpty();
  }

  @Test
  void aDifferenceUnderEveryConditionIsToldOnce() throws Exception {
    Matrix one =
        matrix(WEB + ", ports: 80, expect: path", WEB + ", ports: 80, expect: path, when: {a: x}");
    Matrix other = matrix(WEB + ", ports: 81, expect: path");
    assertThat(diff(one, other))
        .containsExactly(
            "tcp 80 from external and pod to worker: path in the first, forbidden in the second",
            "tcp 81 from external and pod to worker: forbidden in the first, path in the second");
  }

  @Test
  void aConditionThatOneOfThemAddsIsADifferenceWithoutIt() throws Exception {
    Matrix one = matrix(WEB + ", ports: 80, expect: path");
    Matrix other = matrix(WEB + ", ports: 80, expect: path, when: {a: x}");
    assertThat(diff(one, other))
        .containsExactly(
            "tcp 80 from external and pod to worker: path in the first, forbidden in the second");
  }

  private static Matrix matrix(String... rules) throws Exception {
    StringBuilder text = new StringBuilder("matrix: m\nversion: 1\nrules:\n");
    for (int i = 0; i < rules.length; i++) {
      text.append("- {id: r").append(i).append(", ").append(rules[i]).append("}\n");
    }
    return MatrixReader.read("f", text.toString().getBytes(UTF_8));
  }

  private static List<String> diff(Matrix a, Matrix b) {
    return MatrixDiff.between(a, b).stream().map(Difference::toString).toList();
  }
}
