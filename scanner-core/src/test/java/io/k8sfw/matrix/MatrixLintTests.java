package io.k8sfw.matrix;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatrixLintTests {
  @Test
  void theSeedNamesItsOwnFaults() {
    assertThat(lint(BuiltinMatrices.find("seed").orElseThrow()))
        .contains(
            "builtin:seed: warning: no rule lets control-plane reach tcp 2379 of etcd: its API"
                + " servers need it",
            "builtin:seed:43:3: warning: seed-worker-443: requires the Kubernetes API of worker,"
                + " which have none",
            "builtin:seed:64:3: warning: seed-worker-10255: requires tcp 10255, the kubelet's"
                + " read-only port, which asks nobody who they are",
            "builtin:seed:107:3: warning: seed-worker-8472: no rule lets worker reach udp 8472 of"
                + " control-plane: an overlay spans both",
            "builtin:seed:107:3: warning: seed-worker-8472: no rule lets control-plane reach udp 8472"
                + " of worker: an overlay spans both",
            "builtin:seed:129:3: warning: seed-etcd-client: opens tcp 2380, where etcd's members talk"
                + " to each other, to worker",
            "builtin:seed:139:3: warning: seed-etcd-client-cni: its condition (cni is calico or"
                + " flannel) changes nothing: seed-etcd-client on line 129 says the same without it",
            "builtin:seed:186:3: warning: seed-overlay-nodes-tcp: adds nothing to"
                + " seed-overlay-interfaces-tcp on line 166, which covers its flows");
  }

  @Test
  void theCorrectedSeedHasNoneOfThem() {
    assertThat(MatrixLint.lint(BuiltinMatrices.find("seed-corrected").orElseThrow()))
        .extracting(LintFinding::rule)
        .containsExactly(
            "corrected-cp-6443",
            "corrected-worker-10255",
            "corrected-worker-all",
            "corrected-overlay-interfaces-tcp",
            "corrected-overlay-interfaces-udp");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ports: 80, from: pod, expect: path | ports: 80, from: pod, expect: path"
            + " | f:6:3: warning: b: says the same as a on line 5",
        "ports: ALL, from: [pod, worker], expect: path | ports: 80, from: worker, expect: path"
            + " | f:6:3: warning: b: adds nothing to a on line 5, which covers its flows",
        "ports: 80, from: pod, expect: required, when: {cni: x} "
            + "| ports: 80, from: pod, expect: path, when: {cni: x, backend: y}"
            + " | f:6:3: warning: b: its condition (cni is x, and backend is y) changes nothing: a on"
            + " line 5 says the same when cni is x",
        "ports: 1, from: pod, expect: path | ports: 80, from: pod, expect: path, when: {cni: x, not: {cni: x}}"
            + " | f:6:3: error: b: can never apply: cni is x, and cni is not x",
        "ports: 1, from: pod, expect: path | ports: 8080, from: pod, expect: required"
            + " | f:6:3: error: b: requires tcp 8080, which policy.forbiddenPorts forbids: no cluster"
            + " can comply",
        "ports: 1, from: pod, expect: path | ports: 8000-9000, from: pod, expect: permitted"
            + " | f:6:3: warning: b: allows tcp 8080, which policy.forbiddenPorts forbids: it is a"
            + " finding when reachable",
        "ports: 85, from: pod, expect: required | ports: 80-90, from: pod, expect: permitted"
            + " | f:6:3: warning: b: permits tcp 85 from pod to worker, which a on line 5 requires;"
            + " required wins",
        "ports: 1, from: pod, expect: path | ports: ALL, from: pod, expect: path, address: overlay"
            + " | f:6:3: warning: b: opens every tcp port from pod to overlay addresses of worker:"
            + " nothing there can be over-exposed",
      })
  void faultsAreNamed(String a, String b, String finding) throws Exception {
    assertThat(lint(matrix(a, b))).contains(finding);
  }

  @Test
  void rolesThatNothingMayReachAreNamed() throws Exception {
    assertThat(
            lint(matrix("ports: 1, from: pod, expect: path", "ports: 2, from: pod, expect: path")))
        .containsExactly("f: warning: no rule lets anything reach control-plane, etcd and ingress");
  }

  @Test
  void exclusiveConditionsDoNotMeet() throws Exception {
    Matrix matrix =
        matrix(
            "ports: 80, from: pod, expect: required, when: {cni: x}",
            "ports: 80-81, from: pod, expect: permitted, when: {cni: y}");
    assertThat(lint(matrix)).hasSize(1);
  }

  private static Matrix matrix(String a, String b) throws Exception {
    String text =
        """
        matrix: m
        version: 1
        zones: []
        rules:
        - {id: a, to: worker, protocol: tcp, %s}
        - {id: b, to: worker, protocol: tcp, %s}
        """
            .formatted(a, b);
    return MatrixReader.read("f", text.getBytes(UTF_8));
  }

  private static List<String> lint(Matrix matrix) {
    return MatrixLint.lint(matrix).stream().map(LintFinding::toString).toList();
  }
}
