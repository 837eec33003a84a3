package io.k8sfw.inventory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.input.Problem;
import io.k8sfw.matrix.BuiltinMatrices;
import io.k8sfw.model.AddressClass;
import io.k8sfw.model.Network;
import io.k8sfw.model.NodeAddress;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Tunnel;
import io.k8sfw.model.Zone;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class InventoryReaderTests {
  private static final String NODE = "- {name: n, zones: worker, addresses: [10.0.0.1]}\n";

  @Test
  void tunnelOfANodeWithoutAnAgentIsDeclaredAtItsOverlayAddress() throws Exception {
    Inventory inventory =
        read(
            """
            inventory: prod
            nodes:
            - {name: a, zones: worker, addresses: [10.0.0.1, {overlay: 10.244.1.0, vni: 1, mac: "0A:f1:00:00:00:01"}]}
            - {name: b, zones: worker, addresses: [10.0.0.2, {overlay: 10.244.2.0, vni: 2, mac: "0a:f1:00:00:00:02", port: 4789}]}
            - {name: c, zones: worker, addresses: [10.0.0.3, {overlay: 10.244.3.0}]}
            """);
    assertThat(inventory.tunnels())
        .isEqualTo(
            Map.of(
                InetAddress.ofLiteral("10.244.1.0"), new Tunnel(1, "0af100000001", 8472),
                InetAddress.ofLiteral("10.244.2.0"), new Tunnel(2, "0af100000002", 4789)));
  }

  @Test
  void everyKeyIsRead() throws Exception {
    Inventory inventory =
        read(
            """
            inventory: prod
            facts: {cni: Flannel, backend: vxlan}
            nodes:
            - {name: cp-1, zones: [Master Node, etcd], addresses: [10.0.0.11, "fd00::11", {overlay: 10.244.0.0}], agent: local}
            - {name: worker-1, zones: worker, addresses: [{external: 198.51.100.1}], agent: {netns: /proc/77/ns/net}}
            - {name: worker-2, zones: worker, addresses: [10.0.0.22]}
            vantage:
            - {name: lab, zones: [external, end-user], agent: {netns: ext}, fidelity: representative}
            - {name: far, zones: pod, agent: {command: [docker, exec, -i, pod 1], run: [/opt/k8sfw-audit]}}
            services:
            - {name: shop/web, nodePort: 30080}
            - {name: shop/dns, nodePort: 30080, protocol: udp}
            outOfScope:
            - {rule: seed-worker-443, reason: workers serve no API}
            - {zone: end-user, reason: tested elsewhere}
            - {address: pod, reason: not routed}
            clusterNetworks: [10.244.0.0/16, "fd44::/16"]
            """);
    assertThat(inventory.facts().value("cni")).contains("flannel");
    assertThat(inventory.node("cp-1").orElseThrow().zones())
        .containsExactly(Zone.CONTROL_PLANE, Zone.ETCD);
    assertThat(inventory.node("cp-1").orElseThrow().addresses())
        .containsExactly(
            new NodeAddress(InetAddress.ofLiteral("10.0.0.11"), AddressClass.INTERNAL),
            new NodeAddress(InetAddress.ofLiteral("fd00::11"), AddressClass.INTERNAL),
            new NodeAddress(InetAddress.ofLiteral("10.244.0.0"), AddressClass.OVERLAY));
    assertThat(inventory.vantagePoints())
        .extracting(
            VantagePoint::name, VantagePoint::agent, VantagePoint::node, VantagePoint::fidelity)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                "cp-1", new Agent.Local(), Optional.of("cp-1"), VantagePoint.Fidelity.EXACT),
            org.assertj.core.groups.Tuple.tuple(
                "worker-1",
                new Agent.Netns("/proc/77/ns/net"),
                Optional.of("worker-1"),
                VantagePoint.Fidelity.EXACT),
            org.assertj.core.groups.Tuple.tuple(
                "lab",
                new Agent.Netns("/run/netns/ext"),
                Optional.empty(),
                VantagePoint.Fidelity.REPRESENTATIVE),
            org.assertj.core.groups.Tuple.tuple(
                "far",
                new Agent.Command(
                    List.of("docker", "exec", "-i", "pod 1"), List.of("/opt/k8sfw-audit")),
                Optional.empty(),
                VantagePoint.Fidelity.EXACT));
    assertThat(inventory.services())
        .containsExactly(
            new NodePortService("shop/web", Protocol.TCP, 30080),
            new NodePortService("shop/dns", Protocol.UDP, 30080));
    assertThat(inventory.outOfScope())
        .containsExactly(
            new Scope.OfRule("seed-worker-443", "workers serve no API"),
            new Scope.OfZone("end-user", "tested elsewhere"),
            new Scope.OfAddress(AddressClass.POD, "not routed"));
    assertThat(inventory.clusterNetworks())
        .extracting(Network::toString)
        .containsExactly("10.244.0.0/16", "fd44::/16");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "127.0.0.1 | is a loopback address; for a trial on one machine write loopback: true",
        "::1 | is a loopback address; for a trial on one machine write loopback: true",
        "169.254.169.254 | is a link-local address, which is never probed",
        "fe80::1 | is a link-local address, which is never probed",
        "224.0.0.1 | is a multicast address, which is never probed",
        "ff02::1 | is a multicast address, which is never probed",
        "0.0.0.0 | is the unspecified address, which is never probed",
        "`::` | is the unspecified address, which is never probed",
        "255.255.255.255 | is the broadcast address, which is never probed",
        "::ffff:10.0.0.1 | is an IPv4 address in IPv6; write it as IPv4",
        "::ffff:7f00:1 | is an IPv4 address in IPv6; write it as IPv4",
        "node.example | is not an IP address; write one such as 10.0.0.11 or \"fd00::11\" (names are not looked up)",
        "10.0.0.256 | is not an IP address; write one such as 10.0.0.11 or \"fd00::11\" (names are not looked up)",
        "10.0.1 | is not an IP address; write one such as 10.0.0.11 or \"fd00::11\" (names are not looked up)",
        "010.0.0.1 | is not an IP address; write one such as 10.0.0.11 or \"fd00::11\" (names are not looked up)",
        "fe80::1%eth0 | is not an IP address; write one such as 10.0.0.11 or \"fd00::11\" (names are not looked up)",
        "10.0.0.0/24 | is not an IP address; write one such as 10.0.0.11 or \"fd00::11\" (names are not looked up)",
      })
  void addressesThatMustNotBeProbedAreRefused(String address, String problem) {
    String text =
        "inventory: i\nnodes:\n- {name: n, zones: worker, addresses: [\"" + address + "\"]}";
    assertThat(problems(text))
        .containsExactly("f:3:40: nodes[0].addresses[0]: \"" + address + "\" " + problem);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "worker-1",
        "root@10.0.0.11",
        "root@fd00::11",
        "me@corp.example@bastion_1",
        "ssh://root@[fd00::11]:2222"
      })
  void destinationsOfSshAreTaken(String destination) throws Exception {
    assertThat(agent("{ssh: \"" + destination + "\"}"))
        .isEqualTo(new Agent.Ssh(destination, Optional.empty(), Optional.empty()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-v",
        "root@-v",
        "a b",
        "a\tb",
        "$(id)",
        "a;b",
        "h%h",
        "root@",
        "ssh://-v",
        "a\nb",
        "`id`",
        "host/x"
      })
  void whatSshOrAShellCouldTakeForMoreIsRefused(String destination) {
    String quoted = destination.replace("\t", "\\t").replace("\n", "\\n");

    assertThrows(InvalidInputException.class, () -> agent("{ssh: \"" + quoted + "\"}"));
  }

  @Test
  void aJavaAndADirectoryOverSshAreTaken() throws Exception {
    assertThat(agent("{ssh: h, java: /usr/lib/jvm/java-25/bin/java, cache: /var/tmp/.k}"))
        .isEqualTo(
            new Agent.Ssh(
                "h", Optional.of("/usr/lib/jvm/java-25/bin/java"), Optional.of("/var/tmp/.k")));
  }

  @Test
  void aPodIsAnywhereOrOnANamedNode() throws Exception {
    assertThat(agent("pod")).isEqualTo(new Agent.Pod(Optional.empty()));
    assertThat(agent("{pod: worker-1.example}"))
        .isEqualTo(new Agent.Pod(Optional.of("worker-1.example")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-a", "a-", "A", "a/b", "a b", "a_b"})
  void whatNamesNoNodeIsRefused(String node) {
    assertThrows(InvalidInputException.class, () -> agent("{pod: \"" + node + "\"}"));
  }

  private static Agent agent(String yaml) throws Exception {
    return read("inventory: i\nnodes:\n"
            + NODE
            + "vantage:\n- {name: v, zones: pod, agent: "
            + yaml
            + "}")
        .vantagePoints()
        .getFirst()
        .agent();
  }

  @Test
  void loopbackAddressesAreForTrials() throws Exception {
    Inventory inventory =
        read(
            """
            inventory: i
            loopback: true
            nodes:
            - {name: n, zones: worker, addresses: [127.0.0.2, "::1"], agent: local}
            """);
    assertThat(inventory.node("n").orElseThrow().addresses()).hasSize(2);
  }

  static Stream<Arguments> wrongFiles() {
    String head = "inventory: i\nnodes:\n";
    return Stream.of(
        wrong("{}", "f:1:1: has no inventory", "f:1:1: has no nodes"),
        wrong(
            "inventory: i\nnodes: []",
            "f:2:8: nodes: is empty; an inventory has at least one node"),
        wrong(
            head + "- {}",
            "f:3:3: nodes[0]: has no name",
            "f:3:3: nodes[0]: has no zones",
            "f:3:3: nodes[0]: has no addresses"),
        wrong(
            head + "- {name: n, zones: worker, addresses: []}",
            "f:3:39: nodes[0].addresses: is empty; a node has at least one address"),
        wrong(
            head + NODE + "clusterNetworks: [10.244.0.1/16]",
            "f:4:19: clusterNetworks[0]: \"10.244.0.1/16\" is not a network; write its first address"
                + " and its length, such as 10.244.0.0/16 or \"fd44::/16\""),
        wrong(
            head
                + NODE
                + "- {name: m, zones: worker, addresses: [10.0.0.1, {pod: 10.0.0.2, overlay: 10.0.0.3}]}",
            "f:4:40: nodes[1].addresses[0]: \"10.0.0.1\" is written at nodes[0].addresses[0] already;"
                + " an address belongs to one node, once",
            "f:4:50: nodes[1].addresses[1]: has 2 keys; write {overlay: 10.244.0.0}, one address"
                + " each"),
        wrong(
            head
                + NODE
                + "vantage:\n- {name: n, zones: pod, agent: local}\n- {name: \"a b\", zones: pod, agent: local}",
            "f:5:10: vantage[0].name: \"n\" is taken by nodes[0].name; nodes and vantage points have"
                + " names of their own",
            "f:6:10: vantage[1].name: \"a b\" is not a name; write letters, digits, dots, dashes and"
                + " underscores, a letter or digit first, at most 253"),
        wrong(
            head
                + NODE
                + "vantage:\n- {name: v, zones: pod, agent: {ssh: -oProxyCommand=x, java: bin/java, cache: /a/../b, sudo: yes}}\n- {name: w, zones: pod, agent: docker}\n"
                + "- {name: x, zones: pod, agent: {netns: ../../etc}}\n- {name: y, zones: pod}",
            "f:5:38: vantage[0].agent.ssh: \"-oProxyCommand=x\" is not a destination of ssh; write"
                + " HOST, USER@HOST or ssh://USER@HOST:PORT, of letters, digits, dots, dashes and"
                + " underscores",
            "f:5:62: vantage[0].agent.java: \"bin/java\" is not the path of a Java program; write an"
                + " absolute one, of letters, digits, dots, dashes, plus signs and underscores",
            "f:5:79: vantage[0].agent.cache: \"/a/../b\" is not the path of a directory; write an"
                + " absolute one, of letters, digits, dots, dashes, plus signs and underscores",
            "f:5:88: vantage[0].agent.sudo: unknown key; accepted: ssh, java, cache",
            "f:6:32: vantage[1].agent: \"docker\" is not an agent; accepted: local, offline, pod, {pod: NODE}, {netns: NAME},"
                + " {netns: /PATH}, {command: [WORD, ...]} and {ssh: HOST}",
            "f:7:40: vantage[2].agent.netns: \"../../etc\" is not a network namespace; write its name"
                + " or the absolute path of its file, of letters, digits, dots, dashes and"
                + " underscores",
            "f:8:3: vantage[3]: has no agent"),
        wrong(
            head
                + NODE
                + "vantage:\n- {name: v, zones: pod, agent: {command: docker exec}}\n"
                + "- {name: w, zones: pod, agent: {command: [], run: [\"a\\tb\", \"\", [c]]}}\n"
                + "- {name: x, zones: pod, agent: {command: [a], runs: [b]}}\n",
            "f:5:42: vantage[0].agent.command: is one word; write a list, a word each: [ip, netns,"
                + " exec, ext]",
            "f:6:42: vantage[1].agent.command: has 0 words; write 1 to 64",
            "f:6:52: vantage[1].agent.run[0]: \"a␉b\" is no word of a command; write 1 to 1024"
                + " visible characters",
            "f:6:60: vantage[1].agent.run[1]: \"\" is no word of a command; write 1 to 1024 visible"
                + " characters",
            "f:6:64: vantage[1].agent.run[2]: is a list; write one value",
            "f:7:47: vantage[2].agent.runs: unknown key; did you mean run?; accepted: command, run"),
        wrong(
            head
                + NODE
                + "services:\n- {name: web, nodePort: 0}\n- {name: a/b, nodePort: 30000}\n- {name: a/c, nodePort: 30000}",
            "f:5:10: services[0].name: \"web\" is not a Service; write NAMESPACE/NAME, such as"
                + " shop/web",
            "f:5:25: services[0].nodePort: \"0\" is not a whole number from 1 to 65535",
            "f:7:3: services[2]: has the port of services[1]; a NodePort belongs to one Service"),
        wrong(
            head
                + NODE
                + "services:\n- {name: a/b, nodePort: 30000, externalTrafficPolicy: local, endpointNodes: [m]}\n- {name: a/c, nodePort: 30001, endpointNodes: n}",
            "f:5:55: services[0].externalTrafficPolicy: \"local\" is not an external traffic policy; did"
                + " you mean Local?; accepted: Cluster, Local",
            "f:5:78: services[0].endpointNodes[0]: \"m\" is not a node of this inventory; accepted: n",
            "f:6:47: services[1].endpointNodes: is not a list; write [a, b]"),
        wrong(
            head
                + NODE
                + "outOfScope:\n- {rule: seed-x}\n- {reason: r}\n- {zone: pod, address: pod, reason: r}\n- {zone: pod, reason: \"\"}",
            "f:5:3: outOfScope[0]: has no reason",
            "f:5:10: outOfScope[0].rule: \"seed-x\" is not a rule of builtin:seed; accepted: "
                + RULES,
            "f:6:3: outOfScope[1]: names 0 things; write one of rule, zone and address",
            "f:7:3: outOfScope[2]: names 2 things; write one of rule, zone and address",
            "f:8:23: outOfScope[3].reason: is blank; say why this is left out"));
  }

  private static final String RULES =
      String.join(
          ", ",
          BuiltinMatrices.find("seed").orElseThrow().rules().stream().map(r -> r.id()).toList());

  @ParameterizedTest
  @MethodSource("wrongFiles")
  void wrongFilesAreExplained(String text, List<String> problems) {
    assertThat(problems(text)).isEqualTo(problems);
  }

  private static Arguments wrong(String text, String... problems) {
    return Arguments.of(text, List.of(problems));
  }

  private static Inventory read(String text) throws InvalidInputException {
    return InventoryReader.read(
        "f", text.getBytes(UTF_8), BuiltinMatrices.find("seed").orElseThrow());
  }

  private static List<String> problems(String text) {
    InvalidInputException e = assertThrows(InvalidInputException.class, () -> read(text));
    return e.problems().stream().map(Problem::toString).toList();
  }
}
