package io.k8sfw.matrix;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.input.Problem;
import io.k8sfw.input.Sha256;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Zone;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class MatrixUnionTests {
  private static final String ONE =
      """
      matrix: one
      version: 1
      watch: [tcp/1]
      rules:
      - {id: a, to: worker, protocol: tcp, ports: 80, from: pod, expect: required}
      """;

  @Test
  void laterMatricesAdd() throws Exception {
    String two =
        """
        matrix: two
        version: 1
        watch: [tcp/1, tcp/2]
        zones: [storage]
        policy: {denial: drop}
        rules:
        - {id: b, to: storage, protocol: tcp, ports: 81, from: pod, expect: required}
        """;
    Matrix both = read(ONE, two);
    assertThat(both.name()).isEqualTo("one + two");
    assertThat(both.source()).isEqualTo("f1 + f2");
    assertThat(both.rules()).extracting(Rule::id).containsExactly("a", "b");
    assertThat(both.rules().getLast().where()).hasToString("f2:7:3");
    assertThat(both.watch())
        .containsExactly(
            new ProtocolPorts(Protocol.TCP, PortSet.of(1)),
            new ProtocolPorts(Protocol.TCP, PortSet.of(2)));
    assertThat(both.aliases().zones("storage"))
        .contains(new TreeSet<>(List.of(new Zone("storage"))));
    assertThat(both.policy().denial()).isEqualTo(Policy.Denial.DROP);
    assertThat(both.policy().forbiddenPorts()).isEqualTo(Policy.DEFAULT.forbiddenPorts());
  }

  @Test
  void theirOriginsAndTheOrderAreInTheHash() throws Exception {
    String two = ONE.replace("id: a", "id: b").replace("80", "81");
    Matrix both = read(ONE, two);
    assertThat(both.parts())
        .containsExactly(
            new Matrix.Part("one", "f1", Sha256.of(ONE)),
            new Matrix.Part("one", "f2", Sha256.of(two)));
    assertThat(both.sha256())
        .isEqualTo(Sha256.of(Sha256.of(ONE) + "\n" + Sha256.of(two)))
        .isNotEqualTo(read(two, ONE).sha256());
    assertThat(read(ONE).sha256()).isEqualTo(Sha256.of(ONE));
  }

  @Test
  void forbiddenPortsAddUpAndNoDefaultComesBack() throws Exception {
    String none = ONE.replace("rules:", "policy: {forbiddenPorts: []}\nrules:");
    String other = ONE.replace("id: a", "id: b").replace("80", "81");
    assertThat(read(none, other).policy().forbiddenPorts()).isEmpty();
    assertThat(
            read(none, other.replace("rules:", "policy: {forbiddenPorts: [tcp/99]}\nrules:"))
                .policy()
                .forbiddenPorts())
        .containsExactly(new ProtocolPorts(Protocol.TCP, PortSet.of(99)));
  }

  @Test
  void contradictionsAreRefusedWithBothPlaces() {
    assertThat(
            problems(
                ONE,
                """
                matrix: two
                version: 1

                rules:
                - {id: b, to: worker, protocol: tcp, ports: 1-99, from: pod, expect: forbidden}
                """))
        .containsExactly(
            "f2:5:3: forbids tcp 80 from pod to worker, which a at f1:5:3 requires; keep one, or give"
                + " them conditions that exclude each other");
  }

  @Test
  void idsAreUniqueOverAll() {
    assertThat(problems(ONE, "\n" + ONE))
        .containsExactly("f2:6:3: the id a is taken by the rule at f1:5:3; ids are unique");
  }

  @Test
  void aWordMeansTheSameInAll() {
    String three = ONE.replace("rules:", "aliases: {lb: external}\nrules:");
    assertThat(
            problems(
                three,
                ONE.replace("id: a", "id: b").replace("rules:", "aliases: {lb: pod}\nrules:")))
        .containsExactly("f2: the word \"lb\" means pod here, and external in a matrix before it");
  }

  @Test
  void whatIsWrongWithEachIsToldTogether() {
    assertThat(problems("matrix: 1", "version: 1"))
        .anyMatch(p -> p.startsWith("f1:"))
        .anyMatch(p -> p.startsWith("f2:"));
  }

  @Test
  void lintNamesPlacesInOtherFiles() throws Exception {
    assertThat(MatrixLint.lint(read(ONE, ONE.replace("id: a", "id: b"))))
        .extracting(LintFinding::toString)
        .contains("f2:5:3: warning: b: says the same as a at f1:5:3");
  }

  @Test
  void kubeadmAndFlannelGoTogether() throws Exception {
    SequencedMap<String, byte[]> files = new LinkedHashMap<>();
    for (String name : List.of("kubeadm", "flannel")) {
      files.put("builtin:" + name, BuiltinMatrices.text(name).orElseThrow());
    }
    Matrix both = MatrixReader.readAll(files);
    assertThat(MatrixLint.lint(both))
        .extracting(LintFinding::toString)
        .containsExactly(
            "builtin:kubeadm + builtin:flannel: warning: no rule lets anything reach ingress");
    Facts vxlan = Facts.declared(Map.of("cni", "flannel", "backend", "vxlan"));
    assertThat(both.rules().stream().filter(r -> r.when().in(vxlan) == Condition.Holds.YES))
        .extracting(Rule::id)
        .containsExactly(
            "kubeadm-api",
            "kubeadm-etcd-client",
            "kubeadm-etcd-peer",
            "kubeadm-kubelet",
            "kubeadm-nodeports",
            "flannel-vxlan");
    assertThat(both.rules()).allSatisfy(r -> assertThat(r.reference()).startsWith("https://"));
    assertThat(both.chosen()).isEqualTo(Optional.empty());
  }

  private static List<String> problems(String... files) {
    InvalidInputException wrong =
        catchThrowableOfType(InvalidInputException.class, () -> read(files));
    return wrong.problems().stream().map(Problem::toString).toList();
  }

  private static Matrix read(String... files) throws InvalidInputException {
    SequencedMap<String, byte[]> byName = new LinkedHashMap<>();
    for (String file : files) {
      byName.put("f" + (byName.size() + 1), file.getBytes(UTF_8));
    }
    return MatrixReader.readAll(byName);
  }
}
