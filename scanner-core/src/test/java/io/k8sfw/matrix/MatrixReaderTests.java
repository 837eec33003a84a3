package io.k8sfw.matrix;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.input.Problem;
import io.k8sfw.input.Sha256;
import io.k8sfw.input.SourcePosition;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Zone;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MatrixReaderTests {
  private static final String HEAD = "matrix: m\nversion: 1\n";
  private static final String RULE =
      "- {id: a, to: worker, protocol: tcp, ports: 443, from: external, expect: required}\n";

  @Test
  void everyKeyIsRead() throws Exception {
    Matrix matrix =
        read(
            """
            matrix: my cluster
            version: 1
            zones: [storage]
            aliases: {Load Balancer: external, everyone: [worker, storage]}
            policy:
              forbiddenPorts: [tcp/10255, udp/1-9]
              denial: drop
              tls: {minVersion: 1.3, certificateDaysLeft: 30}
            watch: ["tcp/2375, 2376"]
            rules:
            - id: kubelet-api
              to: [worker, storage]
              protocol: TCP
              ports: [10250, "80, 443"]
              from: [Load Balancer, everyone]
              expect: required
              when: {cni: [Flannel, canal], not: {proxy: ipvs}}
              address: internal
              service: kubelet
              purpose: exec
              reference: page 1
            """);
    assertThat(matrix.name()).isEqualTo("my cluster");
    assertThat(matrix.policy())
        .isEqualTo(
            new Policy(
                List.of(
                    new ProtocolPorts(Protocol.TCP, PortSet.of(10255)),
                    new ProtocolPorts(Protocol.UDP, PortSet.of(1, 9))),
                Policy.Denial.DROP,
                new Policy.Tls("1.3", 30)));
    assertThat(matrix.watch())
        .containsExactly(new ProtocolPorts(Protocol.TCP, PortSet.of(2375, 2376)));
    Rule rule = matrix.rules().getFirst();
    assertThat(rule.where()).isEqualTo(new SourcePosition("f", 11, 3));
    assertThat(rule.to()).containsExactly(new Zone("storage"), Zone.WORKER);
    assertThat(rule.from()).containsExactly(Zone.EXTERNAL, new Zone("storage"), Zone.WORKER);
    assertThat(rule.protocol()).isEqualTo(Protocol.TCP);
    assertThat(rule.ports()).hasToString("80, 443, 10250");
    assertThat(rule.when()).hasToString("cni is canal or flannel, and proxy is not ipvs");
    assertThat(rule.address()).isEqualTo(AddressScope.INTERNAL);
    assertThat(rule.service()).contains("kubelet");
    assertThat(rule.purpose()).isEqualTo("exec");
    assertThat(rule.reference()).isEqualTo("page 1");
  }

  @Test
  void whatIsNotWrittenHasItsDefault() throws Exception {
    Matrix matrix = read(HEAD + "rules:\n" + RULE);
    Rule rule = matrix.rules().getFirst();
    assertThat(matrix.policy()).isEqualTo(Policy.DEFAULT);
    assertThat(matrix.watch()).isEmpty();
    assertThat(rule.when()).isEqualTo(Condition.ALWAYS);
    assertThat(rule.address()).isEqualTo(AddressScope.DEFAULT);
    assertThat(rule.service()).isEmpty();
    assertThat(rule.purpose()).isEmpty();
  }

  @Test
  void theBytesAreNamedByTheirHash() throws Exception {
    String text = HEAD + "rules:\n" + RULE;
    assertThat(read(text).sha256()).isEqualTo(Sha256.of(text.getBytes(UTF_8)));
    // FIPS 180-2, appendix B.1.
    assertThat(Sha256.of("abc".getBytes(UTF_8)))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @ParameterizedTest
  @ValueSource(strings = {"icmp", "ipip", "esp", "gre", "sctp", "112", "255", "0"})
  void protocolsWithoutPortsNeedNone(String protocol) throws Exception {
    Rule rule = rule("to: worker, protocol: " + protocol + ", from: worker, expect: path");
    assertThat(rule.ports()).isEqualTo(PortSet.ALL);
    assertThat(rule.protocol().hasPorts()).isFalse();
  }

  @Test
  void theNumberOfAProtocolIsTheProtocol() throws Exception {
    Rule rule = rule("to: worker, protocol: 6, ports: 1, from: worker, expect: path");
    assertThat(rule.protocol()).isEqualTo(Protocol.TCP);
  }

  static Stream<Arguments> wrongFiles() {
    return Stream.of(
        wrong("[]", "f:1:1: is not a mapping; write keys and values"),
        wrong("matrix: m\nversion: 1", "f:1:1: has no rules"),
        wrong(HEAD + "rules: []", "f:3:8: rules: is empty; a matrix has at least one rule"),
        wrong(HEAD + "rules:", "f:3:7: rules: has no value; give it one, or leave the key out"),
        wrong(HEAD + "rules: all", "f:3:8: rules: is not a list; write [a, b]"),
        wrong(
            "version: 2\nrules:\n" + RULE,
            "f:1:1: has no matrix",
            "f:1:10: version: \"2\" is not a version that this program reads; write 1"),
        wrong(
            "matrix: \"a\\nb\"\nversion: 1\nrules:\n" + RULE,
            "f:1:9: matrix: \"a␊b\" is not a name; write letters, digits, spaces, dots, dashes and"
                + " underscores, at most 63"),
        wrong(
            HEAD + "rule: x\nrules:\n" + RULE,
            "f:3:1: rule: unknown key; did you mean rules?; accepted: matrix, version, zones,"
                + " aliases, policy, watch, rules"),
        wrong(
            HEAD + "watch: [2375, icmp/1, tcp/0]\nrules:\n" + RULE,
            "f:3:9: watch[0]: \"2375\" is not a protocol and ports; write tcp/2375 or udp/53",
            "f:3:15: watch[1]: \"icmp/1\" is not a protocol and ports; write tcp/2375 or udp/53",
            "f:3:23: watch[2]: \"0\": port 0 does not exist; ports are 1 to 65535"),
        wrong(
            HEAD
                + "policy: {denial: no, tls: {minVersion: 1.1, certificateDaysLeft: 014}}\nrules:\n"
                + RULE,
            "f:3:18: policy.denial: \"no\" is not a denial; accepted: any, drop, reject",
            "f:3:40: policy.tls.minVersion: \"1.1\" is not a TLS version; did you mean 1.2?;"
                + " accepted: 1.2, 1.3",
            "f:3:66: policy.tls.certificateDaysLeft: \"014\" is not a whole number from 0 to 3650"),
        wrong(
            HEAD + "zones: [Storage, master, a, a]\nrules:\n" + RULE,
            "f:3:9: zones[0]: \"Storage\" is not a zone name; write lower-case letters, digits and"
                + " single dashes, a letter first, at most 63",
            "f:3:18: zones[1]: \"master\" already means control-plane; leave it out",
            "f:3:29: zones[3]: \"a\" is declared twice"),
        wrong(
            HEAD + "aliases: {worker: external, lb: nowhere, LB: pod}\nrules:\n" + RULE,
            "f:3:19: aliases.worker: \"worker\" names a zone itself; an alias cannot change that",
            "f:3:33: aliases.lb: \"nowhere\" is not a zone; accepted: " + WORDS,
            "f:3:46: aliases.LB: \"LB\" has the meaning of another alias already"));
  }

  private static final String WORDS = String.join(", ", ZoneWords.BUILT_IN.words().keySet());

  @ParameterizedTest
  @MethodSource("wrongFiles")
  void wrongFilesAreExplained(String text, List<String> problems) {
    assertThat(problems(text)).isEqualTo(problems);
  }

  static Stream<Arguments> wrongRules() {
    String good = "id: a, to: worker, protocol: tcp, ports: 443, from: external, expect: required";
    return Stream.of(
        wrong("", has("id"), has("to"), has("protocol"), has("ports"), has("from"), has("expect")),
        wrong(
            good.replace("ports", "prots"),
            "f:4:38: rules[0].prots: unknown key; did you mean ports?; accepted: id, to, protocol,"
                + " ports, from, expect, when, address, service, purpose, reference"),
        wrong(
            good.replace("443", "3000-"),
            "f:4:45: rules[0].ports: \"3000-\" is not a port or range; write 3000, 3000-3010, \"80,"
                + " 443\" or ALL"),
        wrong(
            good.replace("443", "0443"),
            "f:4:45: rules[0].ports: \"0443\" is not a port or range; write 3000, 3000-3010, \"80,"
                + " 443\" or ALL"),
        wrong(
            good.replace("443", "[80, 0]"),
            "f:4:50: rules[0].ports[1]: \"0\": port 0 does not exist; ports are 1 to 65535"),
        wrong(
            good.replace("443", "70000"),
            "f:4:45: rules[0].ports: \"70000\": port 70000 does not exist; ports are 1 to 65535"),
        wrong(
            good.replace("443", "443-80"),
            "f:4:45: rules[0].ports: \"443-80\" is reversed; write 80-443"),
        wrong(
            good.replace("443", "[]"),
            "f:4:45: rules[0].ports: is an empty list; name at least one"),
        wrong(
            good.replace("443", "{first: 1}"),
            "f:4:45: rules[0].ports: is a mapping; write one value"),
        wrong(
            good.replace("worker", "wroker"),
            "f:4:15: rules[0].to: \"wroker\" is not a zone; did you mean worker?; accepted: "
                + WORDS),
        wrong(
            good.replace("worker", "[worker, pod]"),
            "f:4:15: rules[0].to: pod is not a role of nodes; accepted: control-plane, etcd, ingress,"
                + " worker, and zones that the matrix declares"),
        wrong(
            good.replace("tcp", "tpc"),
            "f:4:33: rules[0].protocol: \"tpc\" is not a protocol; accepted: ah, esp, gre, icmp,"
                + " icmpv6, ipip, ospf, sctp, tcp, udp, vrrp, or a number from 0 to 255"),
        wrong(
            good.replace("tcp", "256"),
            "f:4:33: rules[0].protocol: \"256\" is not a protocol; accepted: ah, esp, gre, icmp,"
                + " icmpv6, ipip, ospf, sctp, tcp, udp, vrrp, or a number from 0 to 255"),
        wrong(
            good.replace("required", "open"),
            "f:4:74: rules[0].expect: \"open\" is not an expectation; accepted: required, path,"
                + " permitted, forbidden"),
        wrong(
            good + ", address: public",
            "f:4:93: rules[0].address: \"public\" is not an address class; accepted: internal,"
                + " external, overlay, pod, any"),
        wrong(
            good.replace("id: a", "id: -a"),
            "f:4:8: rules[0].id: \"-a\" is not an id; write letters, digits, dots, dashes and"
                + " underscores, a letter or digit first, at most 63"),
        wrong(
            good.replace("id: a", "id: " + "a".repeat(64)),
            "f:4:8: rules[0].id: \""
                + "a".repeat(64)
                + "\" is not an id; write letters, digits,"
                + " dots, dashes and underscores, a letter or digit first, at most 63"),
        wrong(
            good + "}\n- {" + good,
            "f:5:8: rules[1].id: \"a\" is taken by rules[0]; ids are unique"),
        wrong(
            good + ", when: {cni: [], c_n: x, not: {not: x}}",
            "f:4:96: rules[0].when.cni: is an empty list; name at least one",
            "f:4:105: rules[0].when.c_n: \"c_n\" is not the name of a fact; write letters, digits and"
                + " dashes, such as cni",
            "f:4:119: rules[0].when.not.not: \"not\" is not the name of a fact; write letters, digits"
                + " and dashes, such as cni"),
        wrong(
            good + ", service: Kubelet!",
            "f:4:93: rules[0].service: \"Kubelet!\" is not a service; write lower-case letters,"
                + " digits and dashes, such as kubelet"));
  }

  private static String has(String key) {
    return "f:4:3: rules[0]: has no " + key;
  }

  @ParameterizedTest
  @MethodSource("wrongRules")
  void wrongRulesAreExplained(String rule, List<String> problems) {
    assertThat(problems(HEAD + "rules:\n- {" + rule + "}\n")).isEqualTo(problems);
  }

  @Test
  void tooManyRulesAreRefused() {
    assertThat(problems(HEAD + "rules:\n" + "- {}\n".repeat(10_001)))
        .containsExactly("f:4:1: rules: has 10001 rules; at most 10000 are read");
  }

  static Stream<Arguments> contradictions() {
    String required =
        "to: worker, protocol: tcp, ports: 80-90, from: [external, worker], expect: required";
    return Stream.of(
        Arguments.of(
            required,
            "to: worker, protocol: tcp, ports: 85, from: external, expect: forbidden",
            "forbids tcp 85 from external to worker, which first on line 4 requires"),
        Arguments.of(
            "to: worker, protocol: tcp, ports: 85, from: external, expect: forbidden",
            required.replace("required", "path"),
            "wants a free path for tcp 85 from external to worker, which first on line 4 forbids"),
        Arguments.of(
            required.replace("required", "permitted, when: {cni: [a, b]}"),
            "to: [etcd, worker], protocol: tcp, ports: ALL, from: [pod, worker], expect: forbidden,"
                + " when: {cni: [b, c]}, address: overlay",
            "forbids tcp 80-90 from worker to worker, which first on line 4 permits"),
        Arguments.of(
            "to: etcd, protocol: tcp, ports: ALL, from: worker, expect: path, address: overlay",
            "to: etcd, protocol: tcp, ports: 2379, from: worker, expect: forbidden",
            "forbids tcp 2379 from worker to etcd, which first on line 4 wants a free path for"));
  }

  @ParameterizedTest
  @MethodSource("contradictions")
  void forbiddingWhatAnotherRulePermitsIsAContradiction(String first, String second, String says) {
    assertThat(problems(pair(first, second)))
        .containsExactly(
            "f:5:3: rules[1]: "
                + says
                + "; keep one, or give them conditions that exclude each other");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "to: etcd, protocol: tcp, ports: 85, from: external, expect: forbidden",
        "to: worker, protocol: udp, ports: 85, from: external, expect: forbidden",
        "to: worker, protocol: tcp, ports: 91, from: external, expect: forbidden",
        "to: worker, protocol: tcp, ports: 85, from: pod, expect: forbidden",
        "to: worker, protocol: tcp, ports: 85, from: worker, expect: forbidden, address: external",
        "to: worker, protocol: tcp, ports: 85, from: worker, expect: forbidden, when: {cni: b}",
        "to: worker, protocol: tcp, ports: 85, from: worker, expect: forbidden, when: {not: {cni: [a, b]}}",
        "to: worker, protocol: tcp, ports: 85, from: worker, expect: permitted",
      })
  void rulesThatDoNotMeetDoNotContradict(String second) throws Exception {
    read(
        pair(
            "to: worker, protocol: tcp, ports: 80-90, from: [external, worker], expect: required,"
                + " when: {cni: a}",
            second));
  }

  @Test
  void tenThousandRulesCanBeRead() throws Exception {
    StringBuilder text = new StringBuilder("matrix: m\nversion: 1\nrules:\n");
    for (int i = 0; i < 10_000; i++) {
      String expect = i % 2 == 0 ? "path" : "forbidden";
      text.append("- {id: r").append(i).append(", to: etcd, protocol: tcp, ports: ").append(i + 1);
      text.append(", from: pod, expect: ").append(expect).append("}\n");
    }
    assertThat(read(text.toString()).rules()).hasSize(10_000);
  }

  private static String pair(String first, String second) {
    return HEAD + "rules:\n- {id: first, " + first + "}\n- {id: second, " + second + "}\n";
  }

  private static Arguments wrong(String text, String... problems) {
    return Arguments.of(text, List.of(problems));
  }

  private static Rule rule(String keys) throws InvalidInputException {
    return read(HEAD + "rules:\n- {id: a, " + keys + "}\n").rules().getFirst();
  }

  private static Matrix read(String text) throws InvalidInputException {
    return MatrixReader.read("f", text.getBytes(UTF_8));
  }

  private static List<String> problems(String text) {
    InvalidInputException e = assertThrows(InvalidInputException.class, () -> read(text));
    return e.problems().stream().map(Problem::toString).toList();
  }
}
