package io.k8sfw.kubernetes;

import static io.k8sfw.kubernetes.Json.annotation;
import static io.k8sfw.kubernetes.Json.node;
import static io.k8sfw.kubernetes.Json.service;
import static io.k8sfw.kubernetes.Json.slice;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.k8sfw.inventory.Agent;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.InventoryReader;
import io.k8sfw.inventory.NodePortService;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.kubernetes.DiscoveryOptions.EtcdMember;
import io.k8sfw.kubernetes.DiscoveryOptions.Place;
import io.k8sfw.matrix.BuiltinMatrices;
import io.k8sfw.model.AddressClass;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.Network;
import io.k8sfw.model.NodeAddress;
import io.k8sfw.model.Tunnel;
import io.k8sfw.model.Zone;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DiscoveryTests {
  private static final String ROLE = "node-role.kubernetes.io/";
  private static final String FLANNEL = "flannel.alpha.coreos.com/";

  @TempDir Path directory;

  @SuppressWarnings("NullAway.Init")
  private FakeApi api;

  @BeforeEach
  void start() throws Exception {
    api = new FakeApi().services().slices();
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private Discovered discover(DiscoveryOptions options) throws Exception {
    try (ClusterConnection cluster = api.open(directory)) {
      return Discovery.of(cluster, options);
    }
  }

  private Discovered discover() throws Exception {
    return discover(DiscoveryOptions.NONE);
  }

  /// By the reader of every inventory.
  private static Inventory read(Discovered found) throws Exception {
    return InventoryReader.read(
        "cluster test",
        found.text().getBytes(StandardCharsets.UTF_8),
        BuiltinMatrices.find("seed").orElseThrow());
  }

  private Inventory inventory() throws Exception {
    return read(discover());
  }

  private static List<Zone> zones(Inventory inventory, String node) {
    return List.copyOf(inventory.node(node).orElseThrow().zones());
  }

  private static List<String> addresses(Inventory inventory, String node, AddressClass type) {
    return inventory.node(node).orElseThrow().addresses().stream()
        .filter(a -> a.type() == type)
        .map(NodeAddress::address)
        .map(AddressText::of)
        .toList();
  }

  private static String vxlanNode(String name, String network, String mac) {
    return node(
        name,
        ROLE + "worker=",
        annotation(FLANNEL + "backend-type", "vxlan")
            + ","
            + annotation(FLANNEL + "backend-data", "{\"VNI\":7,\"VtepMAC\":\"" + mac + "\"}"),
        "[\"" + network + "\"]",
        "InternalIP=10.0.0.2" + name.charAt(name.length() - 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          control-plane=                | control-plane
          master=                       | control-plane
          controlplane=true             | control-plane
          etcd=                         | etcd
          worker=                       | worker
          ingress=                      | ingress worker
          gpu=                          | worker
          pod=                          | worker
                                        | worker
          """)
  void rolesAreZones(String role, String zones) throws Exception {
    api.nodes(node("n1", role == null ? "" : ROLE + role, "10.0.0.1"));

    assertThat(zones(inventory(), "n1"))
        .extracting(Zone::name)
        .containsExactly(zones.strip().split(" "));
  }

  @Test
  void rolesAddUp() throws Exception {
    api.nodes(
        node("cp-1", ROLE + "master=," + ROLE + "control-plane=," + ROLE + "etcd=", "10.0.0.1"),
        node("old", "kubernetes.io/role=master", "10.0.0.2"));

    Inventory inventory = inventory();

    assertThat(zones(inventory, "cp-1")).containsExactly(Zone.CONTROL_PLANE, Zone.ETCD);
    assertThat(zones(inventory, "old")).containsExactly(Zone.CONTROL_PLANE);
  }

  @Test
  void aRoleThatIsNoZoneIsSaid() throws Exception {
    api.nodes(node("n1", ROLE + "gpu=", "10.0.0.1"));

    assertThat(discover().notes())
        .contains(
            "the role gpu of n1 is no zone of its own: --zone-label names a label whose values are"
                + " zones");
  }

  @Test
  void aLabelOfTheUsersNamesZonesToo() throws Exception {
    api.nodes(
        node("n1", "example.com/zone=ingress", "10.0.0.1"),
        node("n2", "example.com/zone=Not.A.Zone", "10.0.0.2"));

    Discovered found =
        discover(new DiscoveryOptions(Optional.of("example.com/zone"), List.of(), List.of()));

    assertThat(zones(read(found), "n1")).containsExactly(Zone.INGRESS, Zone.WORKER);
    assertThat(zones(read(found), "n2")).containsExactly(Zone.WORKER);
    assertThat(found.notes())
        .contains("node n2: label example.com/zone is Not.A.Zone, which cannot be a zone");
  }

  @Test
  void addressesHaveTheirClassAndFamily() throws Exception {
    api.nodes(
        node(
            "n1",
            "",
            "",
            "",
            "InternalIP=10.0.0.1",
            "InternalIP=fd00::1",
            "ExternalIP=198.51.100.1",
            "Hostname=n1",
            "InternalDNS=n1.example"));

    Inventory inventory = inventory();

    assertThat(addresses(inventory, "n1", AddressClass.INTERNAL))
        .containsExactly("10.0.0.1", "fd00::1");
    assertThat(addresses(inventory, "n1", AddressClass.EXTERNAL)).containsExactly("198.51.100.1");
  }

  @Test
  void whatCannotBeProbedIsLeftOutAndSaid() throws Exception {
    api.nodes(
        node(
            "n1",
            "",
            "",
            "",
            "InternalIP=10.0.0.1",
            "InternalIP=169.254.7.7",
            "ExternalIP=nonsense"),
        node("n2", "", "", "", "InternalIP=10.0.0.2", "ExternalIP=10.0.0.1"));

    Discovered found = discover();

    assertThat(addresses(read(found), "n1", AddressClass.INTERNAL)).containsExactly("10.0.0.1");
    assertThat(addresses(read(found), "n2", AddressClass.EXTERNAL)).isEmpty();
    assertThat(found.notes())
        .contains(
            "node n1: its internal address 169.254.7.7 is none that can be probed, and is left out",
            "node n1: its external address nonsense is none that can be probed, and is left out",
            "node n2: its external address 10.0.0.1 is n1's too, and is left out");
    assertThat(found.unaudited()).isEmpty();
  }

  @Test
  void aNodeWithoutAnAddressIsNotForgotten() throws Exception {
    api.nodes(node("n1", "", "10.0.0.1"), node("n2", "", "", ""));

    Discovered found = discover();

    assertThat(found.unaudited()).containsExactly("n2");
    assertThat(read(found).nodes()).hasSize(1);
    assertThat(found.text()).contains("# Not known: node n2 has no address that can be probed");
  }

  @Test
  void flannelsVxlanGivesOverlayAddressesAndTheirTunnels() throws Exception {
    api.nodes(
            vxlanNode("w1", "10.244.1.0/24", "ee:c8:6f:c1:4f:5f"),
            vxlanNode("w2", "10.244.2.0/24", "72:A3:93:11:AA:28"),
            node("cp", ROLE + "control-plane=", "10.0.0.11"))
        .configMap(
            "kube-flannel",
            "kube-flannel-cfg",
            "net-conf.json",
            "{\"Network\":\"10.244.0.0/16\",\"Backend\":{\"Type\":\"vxlan\",\"Port\":4789}}");

    Discovered found = discover();
    Inventory inventory = read(found);

    assertThat(addresses(inventory, "w1", AddressClass.OVERLAY)).containsExactly("10.244.1.0");
    assertThat(addresses(inventory, "cp", AddressClass.OVERLAY)).isEmpty();
    assertThat(inventory.tunnels().values())
        .containsExactlyInAnyOrder(
            new Tunnel(7, "eec86fc14f5f", 4789), new Tunnel(7, "72a39311aa28", 4789));
    assertThat(inventory.facts().value("cni")).contains("flannel");
    assertThat(inventory.facts().value("backend")).contains("vxlan");
    assertThat(inventory.facts().value("overlay-port")).contains("4789");
    assertThat(inventory.clusterNetworks())
        .extracting(Network::toString)
        .containsExactly("10.244.0.0/16");
    assertThat(found.text())
        .contains(
            "cni: flannel # annotation flannel.alpha.coreos.com/backend-type of w1, w2",
            "overlay-port: \"4789\" # ConfigMap kube-flannel-cfg");
  }

  @Test
  void aPortThatNobodyTellsIsNotAFact() throws Exception {
    api.nodes(vxlanNode("w1", "10.244.1.0/24", "ee:c8:6f:c1:4f:5f"));

    Discovered found = discover();

    assertThat(read(found).facts().value("overlay-port")).isEmpty();
    assertThat(found.text()).contains("mac: \"ee:c8:6f:c1:4f:5f\"}").doesNotContain("port: 8472");
    assertThat(found.notes())
        .contains(
            "fact overlay-port is not proven: flannel's annotations do not tell it, and its ConfigMap"
                + " was not read");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"Type":"vxlan"}        | vxlan | 8472
          {"Type":"udp"}          | udp   | 8285
          {"Type":"host-gw"}      | host-gw |
          """)
  void flannelsConfigMapIsEnough(String backend, String value, String port) throws Exception {
    api.nodes(node("n1", "", "10.0.0.1"))
        .configMap(
            "kube-system", "kube-flannel-cfg", "net-conf.json", "{\"Backend\":" + backend + "}");

    Inventory inventory = inventory();

    assertThat(inventory.facts().value("cni")).contains("flannel");
    assertThat(inventory.facts().value("backend")).contains(value);
    assertThat(inventory.facts().value("overlay-port")).isEqualTo(Optional.ofNullable(port));
  }

  @Test
  void sourcesThatDisagreeProveNothing() throws Exception {
    api.nodes(vxlanNode("w1", "10.244.1.0/24", "ee:c8:6f:c1:4f:5f"))
        .configMap(
            "kube-flannel",
            "kube-flannel-cfg",
            "net-conf.json",
            "{\"Backend\":{\"Type\":\"host-gw\"}}");

    Discovered found = discover();

    assertThat(read(found).facts().value("backend")).isEmpty();
    assertThat(found.notes())
        .contains(
            "fact backend is not proven: annotation flannel.alpha.coreos.com/backend-type of w1:"
                + " vxlan; ConfigMap kube-flannel-cfg: host-gw");
  }

  @Test
  void calicoIsKnownByItsDaemonSetAndItsObjects() throws Exception {
    String pools = "/apis/crd.projectcalico.org/v1/ippools";
    api.nodes(
            node(
                "n1",
                "",
                annotation("projectcalico.org/IPv4VXLANTunnelAddr", "10.42.7.64"),
                "",
                "InternalIP=10.0.0.1"))
        .daemonSet(
            "calico-system",
            "calico-node",
            "{\"name\":\"CALICO_NETWORKING_BACKEND\",\"value\":\"vxlan\"}")
        .lists(
            pools,
            "crd.projectcalico.org/v1",
            "IPPoolList",
            "{\"kind\":\"IPPool\",\"apiVersion\":\"crd.projectcalico.org/v1\",\"metadata\":{\"name\":\"p\"},"
                + "\"spec\":{\"cidr\":\"10.42.0.0/16\",\"vxlanMode\":\"Always\",\"ipipMode\":\"Never\"}}")
        .has(
            "/apis/crd.projectcalico.org/v1/felixconfigurations/default",
            "{\"kind\":\"FelixConfiguration\",\"apiVersion\":\"crd.projectcalico.org/v1\","
                + "\"metadata\":{\"name\":\"default\"},\"spec\":{}}");

    Inventory inventory = inventory();

    assertThat(inventory.facts().value("cni")).contains("calico");
    assertThat(inventory.facts().value("backend")).contains("vxlan");
    assertThat(inventory.facts().value("encapsulation")).contains("vxlan");
    assertThat(inventory.facts().value("overlay-port")).contains("4789");
    assertThat(addresses(inventory, "n1", AddressClass.OVERLAY)).containsExactly("10.42.7.64");
    assertThat(inventory.clusterNetworks())
        .extracting(Network::toString)
        .containsExactly("10.42.0.0/16");
  }

  @Test
  void calicosBackendMayStandInItsConfigMap() throws Exception {
    api.nodes(node("n1", "", "10.0.0.1"))
        .daemonSet(
            "kube-system",
            "calico-node",
            "{\"name\":\"CALICO_NETWORKING_BACKEND\",\"valueFrom\":{\"configMapKeyRef\":"
                + "{\"name\":\"calico-config\",\"key\":\"calico_backend\"}}}")
        .configMap("kube-system", "calico-config", "calico_backend", "bird");

    assertThat(inventory().facts().value("backend")).contains("bgp");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          routing-mode=tunnel tunnel-protocol=geneve                | geneve | 6081 |
          tunnel=vxlan kube-proxy-replacement=strict                | vxlan  | 8472 | ebpf
          routing-mode=native kube-proxy-replacement=true           | native |      | ebpf
          tunnel=disabled kube-proxy-replacement=probe              | native |      |
          tunnel-port=8473                                          | vxlan  | 8473 |
          """)
  void ciliumIsKnownByItsConfigMap(String keys, String backend, String port, String proxy)
      throws Exception {
    Map<String, String> data = new TreeMap<>();
    for (String pair : List.of(keys.strip().split(" ", -1))) {
      data.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }
    api.nodes(node("n1", "", "10.0.0.1"))
        .daemonSet("kube-system", "cilium", "")
        .configMap("kube-system", "cilium-config", data);

    Inventory inventory = inventory();

    assertThat(inventory.facts().value("cni")).contains("cilium");
    assertThat(inventory.facts().value("backend")).contains(backend);
    assertThat(inventory.facts().value("overlay-port")).isEqualTo(Optional.ofNullable(port));
    assertThat(inventory.facts().value("proxy")).isEqualTo(Optional.ofNullable(proxy));
  }

  @Test
  void canalIsNeitherFlannelNorCalico() throws Exception {
    api.nodes(vxlanNode("w1", "10.244.1.0/24", "ee:c8:6f:c1:4f:5f"))
        .daemonSet("kube-system", "canal", "");

    assertThat(inventory().facts().value("cni")).contains("canal");
  }

  @Test
  void marksOfTwoCnisProveNone() throws Exception {
    api.nodes(vxlanNode("w1", "10.244.1.0/24", "ee:c8:6f:c1:4f:5f"))
        .daemonSet("kube-system", "cilium", "");

    Discovered found = discover();

    assertThat(read(found).facts().value("cni")).isEmpty();
    assertThat(found.notes())
        .contains(
            "fact cni is not proven: cilium by DaemonSet kube-system/cilium, flannel by annotation"
                + " flannel.alpha.coreos.com/backend-type of w1");
  }

  @Test
  void kubeadmTellsRangeNetworksAndWhereEtcdIs() throws Exception {
    api.nodes(node("cp", ROLE + "control-plane=", "10.0.0.11"), node("w", "", "10.0.0.21"))
        .configMap(
            "kube-system",
            "kubeadm-config",
            "ClusterConfiguration",
            """
            apiServer:
              extraArgs:
              - {name: service-node-port-range, value: 20000-22767}
            etcd: {local: {dataDir: /var/lib/etcd}}
            networking: {podSubnet: "10.244.0.0/16,fd44::/56", serviceSubnet: 10.96.0.0/12}
            """)
        .configMap("kube-system", "kube-proxy", "config.conf", "mode: ipvs");

    Discovered found = discover();
    Inventory inventory = read(found);

    assertThat(inventory.facts().value("distribution")).contains("kubeadm");
    assertThat(inventory.facts().value("node-port-range")).contains("20000-22767");
    assertThat(inventory.facts().value("proxy")).contains("ipvs");
    assertThat(zones(inventory, "cp")).containsExactly(Zone.CONTROL_PLANE, Zone.ETCD);
    assertThat(zones(inventory, "w")).containsExactly(Zone.WORKER);
    assertThat(inventory.clusterNetworks())
        .extracting(Network::toString)
        .containsExactly("10.244.0.0/16", "fd44::/56", "10.96.0.0/12");
    assertThat(found.text())
        .contains("node-port-range: \"20000-22767\" # ConfigMap kube-system/kubeadm-config\n");
    assertThat(found.notes()).noneMatch(note -> note.contains("network of Services"));
  }

  @Test
  void theUsualRangeAndModeAreSaidToBeUsual() throws Exception {
    api.nodes(node("cp", ROLE + "control-plane=", "10.0.0.11"))
        .configMap(
            "kube-system",
            "kubeadm-config",
            "ClusterConfiguration",
            "apiServer: {extraArgs: {v: \"2\"}}")
        .configMap("kube-system", "kube-proxy", "config.conf", "mode: \"\"");

    Discovered found = discover();

    assertThat(found.text())
        .contains(
            "node-port-range: \"30000-32767\" # ConfigMap kube-system/kubeadm-config names no other",
            "proxy: iptables # ConfigMap kube-system/kube-proxy, whose empty mode means that");
  }

  @Test
  void etcdOutsideIsAskedFor() throws Exception {
    api.nodes(node("cp", ROLE + "control-plane=", "10.0.0.11"))
        .configMap(
            "kube-system",
            "kubeadm-config",
            "ClusterConfiguration",
            "etcd: {external: {endpoints: [\"https://10.0.0.31:2379\"]}}");

    Discovered found =
        discover(
            new DiscoveryOptions(
                Optional.empty(), List.of(new EtcdMember("etcd-1", "10.0.0.31")), List.of()));

    assertThat(zones(read(found), "cp")).containsExactly(Zone.CONTROL_PLANE);
    assertThat(zones(read(found), "etcd-1")).containsExactly(Zone.ETCD);
    assertThat(read(found).vantagePoint("etcd-1")).isEmpty();
    assertThat(found.notes())
        .contains(
            "etcd runs outside (https://10.0.0.31:2379): name its members by --etcd NAME=ADDRESS, or"
                + " they are not audited");
  }

  @Test
  void servicesComeWithTheNodesOfTheirReadyEndpoints() throws Exception {
    api.nodes(node("w1", "", "10.0.0.21"), node("w2", "", "10.0.0.22"))
        .services(
            service("web", "Local", "{\"port\":80,\"nodePort\":30080}"),
            service(
                "dns",
                "Cluster",
                "{\"port\":53,\"nodePort\":30053,\"protocol\":\"UDP\"},{\"port\":54,\"nodePort\":30054,\"protocol\":\"SCTP\"}"),
            service("idle", "Cluster", "{\"port\":80,\"nodePort\":30081}"),
            service("some", "Local", "{\"port\":80,\"nodePort\":30082}"),
            service("inner", "Cluster", "{\"port\":80}"))
        .slices(
            slice("web", 8080, "w2=true,w1=false,gone=true"),
            slice("dns", 53, "w1=null"),
            slice("some", 80, "?=true,w1=true"),
            slice("kubernetes", 6443, "?=true"));

    Discovered found = discover();

    assertThat(read(found).services())
        .extracting(
            NodePortService::name,
            NodePortService::nodePort,
            s -> s.protocol().name(),
            s -> s.externalTrafficPolicy().map(NodePortService.TrafficPolicy::word).orElse(""),
            s -> s.endpointNodes().map(Object::toString).orElse("unknown"))
        .containsExactly(
            tuple("default/dns", 30053, "udp", "Cluster", "[w1]"),
            tuple("default/idle", 30081, "tcp", "Cluster", "[]"),
            tuple("default/some", 30082, "tcp", "Local", "unknown"),
            tuple("default/web", 30080, "tcp", "Local", "[w2]"));
    assertThat(found.notes())
        .contains(
            "Service default/dns: its NodePort 30054 is sctp, which cannot be probed, and is left out");
  }

  @ParameterizedTest
  @CsvSource({
    "404, the server could not find the requested resource",
    "403, User \"u\" cannot list resource \"endpointslices\""
  })
  void endpointsServeWhereThereAreNoSlices(int code, String said) throws Exception {
    api.nodes(node("w1", "", "10.0.0.21"))
        .services(service("web", "Local", "{\"port\":80,\"nodePort\":30080}"))
        .refuses("/apis/discovery.k8s.io/v1/", code, said)
        .lists(
            "/api/v1/endpoints",
            "v1",
            "EndpointsList",
            "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\"},\"subsets\":[{\"addresses\":"
                + "[{\"ip\":\"10.244.1.3\",\"nodeName\":\"w1\"}],\"ports\":[{\"port\":8080}]}]}",
            "{\"metadata\":{\"name\":\"kubernetes\",\"namespace\":\"default\"},\"subsets\":[{\"addresses\":"
                + "[{\"ip\":\"10.0.0.11\"}],\"ports\":[{\"port\":6443}]}]}");

    Discovered found = discover();

    assertThat(read(found).services().getFirst().endpointNodes()).contains(List.of("w1"));
    assertThat(read(found).facts().value("api-port")).contains("6443");
    assertThat(found.notes())
        .contains(
            "the API server at 10.0.0.11 is on no node of the cluster: what goes to and from the"
                + " control plane cannot be seen from there",
            "no node is of the control plane (a managed one?): its rows are gaps");
    assertThat(found.notes().stream().filter(note -> note.startsWith("no right to ")))
        .hasSize(code == 403 ? 1 : 0);
  }

  /// Where a thousandth address is the last one that is told, nobody knows which nodes have none.
  @Test
  void endpointsThatWereCutOffDoNotSayWhichNodesHaveNone() throws Exception {
    api.nodes(node("w1", "", "10.0.0.21"), node("w2", "", "10.0.0.22"))
        .services(service("web", "Local", "{\"port\":80,\"nodePort\":30080}"))
        .refuses("/apis/discovery.k8s.io/v1/", 404, "not found")
        .lists(
            "/api/v1/endpoints",
            "v1",
            "EndpointsList",
            "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\",\"annotations\":"
                + "{\"endpoints.kubernetes.io/over-capacity\":\"truncated\"}},\"subsets\":[{"
                + "\"addresses\":[{\"ip\":\"10.244.1.3\",\"nodeName\":\"w1\"}],"
                + "\"ports\":[{\"port\":8080}]}]}");

    assertThat(read(discover()).services().getFirst().endpointNodes()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ["10.244.1.0/24","fd44::/64"] | ["10.244.2.0/24","fd44:0:0:1::/64"] | true
          ["10.244.1.0/24"]             | ["10.244.2.0/24"]                   | false
          ["10.244.1.0/24","fd44::/64"] | ["10.244.2.0/24"]                   |
          """)
  void bothFamiliesOrOne(String first, String second, String value) throws Exception {
    api.nodes(
        node("n1", "", "", first, "InternalIP=10.0.0.1"),
        node("n2", "", "", second, "InternalIP=10.0.0.2"));

    assertThat(inventory().facts().value("dual-stack")).isEqualTo(Optional.ofNullable(value));
  }

  @Test
  void everyNodeAndThePodNetworkArePlaces() throws Exception {
    api.nodes(node("n1", "", "10.0.0.1"), node("pods", "", "10.0.0.2"));

    Inventory inventory =
        read(
            discover(
                new DiscoveryOptions(
                    Optional.empty(),
                    List.of(),
                    List.of(
                        new Place("laptop", List.of("cluster-admin"), "local"),
                        new Place("out", List.of("external", "end-user"), "netns out"),
                        new Place("far", List.of("external"), "ssh root@bastion")))));

    assertThat(inventory.vantagePoints())
        .extracting(VantagePoint::name, v -> v.agent().toString(), v -> v.zones().toString())
        .containsExactly(
            tuple("n1", "pod", "[worker]"),
            tuple("pods", "pod", "[worker]"),
            tuple("pods-2", "pod", "[pod]"),
            tuple("laptop", "local", "[cluster-admin]"),
            tuple("out", "netns /run/netns/out", "[end-user, external]"),
            tuple("far", "ssh root@bastion", "[external]"));
    assertThat(inventory.vantagePoint("n1").orElseThrow().agent())
        .isEqualTo(new Agent.Pod(Optional.empty()));
  }

  @Test
  void theSameClusterGivesTheSameText() throws Exception {
    api.nodes(node("b", "", "10.0.0.2"), node("a", "", "10.0.0.1"));

    String first = discover().text();

    api.nodes(node("a", "", "10.0.0.1"), node("b", "", "10.0.0.2"));
    assertThat(discover().text()).isEqualTo(first);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /api/v1/services                          | list services: unknown is the Services whose NodePorts must be reachable
          /apis/discovery.k8s.io/                   | list endpointslices.discovery.k8s.io: unknown is what Endpoints leave out, which are read instead: more than 1,000 addresses of a Service
          /apis/networking.k8s.io/                  | list servicecidrs.networking.k8s.io: unknown is the networks of Services
          /api/v1/namespaces/kube-system/configmaps/kubeadm-config | get configmaps kubeadm-config: unknown is whether kubeadm made the cluster, its NodePort range and networks, and where etcd runs
          /api/v1/namespaces/kube-system/configmaps/kube-proxy | get configmaps kube-proxy: unknown is kube-proxy's mode
          /api/v1/namespaces/kube-flannel/          | get configmaps kube-flannel-cfg: unknown is flannel's backend, port and network
          /apis/apps/                               | get daemonsets.apps calico-node, canal, rke2-canal, cilium, weave-net, antrea-agent, kindnet, kube-router, aws-node, ovnkube-node: unknown is the CNI, where nodes do not tell it
          """)
  void aMissingRightIsOneLineAndTheRestGoesOn(String path, String line) throws Exception {
    api.nodes(node("n1", "", "10.0.0.1")).refuses(path.strip(), 403, "User \"u\" cannot do that");

    Discovered found = discover();

    assertThat(found.notes().stream().filter(note -> note.startsWith("no right to ")))
        .contains("no right to " + line)
        .hasSize(path.strip().endsWith("kube-proxy") ? 2 : 1);
    assertThat(read(found).nodes()).hasSize(1);
  }

  @Test
  void withoutNodesThereIsNothing() throws Exception {
    api.refuses("/api/v1/nodes", 403, "User \"u\" cannot list resource \"nodes\"");

    assertThat(catchThrowableOfType(ClusterUnavailable.class, this::discover))
        .hasMessage(
            "no right to list nodes of test at "
                + api.url()
                + "/: nothing is known without it; k8sfw-audit cluster rbac prints what is needed");

    api.close();
    api = new FakeApi().nodes();
    assertThat(catchThrowableOfType(ClusterUnavailable.class, this::discover))
        .hasMessageEndingWith("has no nodes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\nb", "A", "-a", "a b", "x: y", "\u202e", ""})
  void whatNamesNodesOtherwiseIsNoKubernetes(String name) throws Exception {
    api.nodes(node(name, "", "10.0.0.1"));

    assertThat(catchThrowableOfType(ClusterUnavailable.class, this::discover))
        .hasMessageContaining("is no Kubernetes");
  }

  /// Whatever is in names, labels and annotations: the file says what the cluster is, and nothing
  /// that the cluster wants it to say.
  @Test
  void hostileTextStaysText() throws Exception {
    String evil = "x\nagent: {command: [sh]}\n# ##[error]::set-env\u202e\u0007";
    api.nodes(
            node(
                "n1",
                "",
                annotation(FLANNEL + "backend-type", evil)
                    + ","
                    + annotation("projectcalico.org/IPv6VXLANTunnelAddr", evil),
                "[" + FakeApi.quoted(evil) + "]",
                "InternalIP=10.0.0.1",
                "ExternalIP=" + evil))
        .configMap("kube-system", "kube-proxy", "config.conf", "mode: \"\\u202e\\n- name: more\"")
        .configMap(
            "kube-system",
            "kubeadm-config",
            "ClusterConfiguration",
            "{networking: {podSubnet: \"a\\n- b\"}}")
        .configMap("kube-flannel", "kube-flannel-cfg", "net-conf.json", "[".repeat(5000))
        .services(
            """
            {"metadata":{"name":"a, b}","namespace":"%s"},
             "spec":{"externalTrafficPolicy":"Local}","ports":[{"nodePort":30000,"protocol":"TCP\\n"}]}}
            """
                .formatted("x"));

    Discovered found = discover();
    Inventory inventory = read(found);

    assertThat(inventory.nodes()).hasSize(1);
    assertThat(inventory.vantagePoints()).hasSize(2);
    assertThat(found.text().replace("\n", "").chars())
        .allMatch(c -> c >= 0x20 && Character.getType(c) != Character.FORMAT && c != 0x7f);
    assertThat(found.text()).doesNotContain("##[").doesNotContain("\nagent:");
  }
}
