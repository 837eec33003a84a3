package io.k8sfw.kubernetes;

import static io.k8sfw.kubernetes.Annotations.annotation;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.k8sfw.kubernetes.FoundNode.Address;
import io.k8sfw.matrix.ZoneWords;
import io.k8sfw.model.AddressClass;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.Network;
import io.k8sfw.model.Tunnel;
import io.k8sfw.model.Zone;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Nodes of the cluster as nodes of an inventory: roles from labels, addresses by class, ends of
/// overlays from what the CNI writes on nodes.
final class NodeSurvey {
  private static final String ROLE = "node-role.kubernetes.io/";

  /// Older than [#ROLE], with the role as its value (Kubernetes, "Well-Known Labels").
  private static final String OLD_ROLE = "kubernetes.io/role";

  private static final Set<Zone> ROLES =
      Set.of(Zone.CONTROL_PLANE, Zone.WORKER, Zone.ETCD, Zone.INGRESS);

  /// Of flannel's annotation; other members of it are not ours.
  private static final Pattern VNI = Pattern.compile("\"VNI\"\\s*:\\s*([0-9]{1,8})(?![0-9])");

  private static final Pattern MAC =
      Pattern.compile("\"VtepMAC\"\\s*:\\s*\"([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5})\"");

  /// The ends of Calico's tunnels (projectcalico/calico,
  /// `libcalico-go/lib/backend/k8s/resources/node.go`).
  private static final List<String> CALICO_ENDS =
      List.of(
          "projectcalico.org/IPv4VXLANTunnelAddr",
          "projectcalico.org/IPv6VXLANTunnelAddr",
          "projectcalico.org/IPv4IPIPTunnelAddr");

  private final Reads reads;
  private final Optional<String> zoneLabel;
  private final OptionalInt overlayPort;

  /// Whose each address is.
  private final Map<InetAddress, String> owners = new HashMap<>();

  /// @param zoneLabel a label whose value is a zone
  /// @param overlayPort UDP; empty where it is not known
  NodeSurvey(Reads reads, Optional<String> zoneLabel, OptionalInt overlayPort) {
    this.reads = reads;
    this.zoneLabel = zoneLabel;
    this.overlayPort = overlayPort;
  }

  /// @param etcdStacked whether etcd's members run on the control plane, as kubeadm says
  FoundNode found(Node node, boolean etcdStacked) {
    String name = Annotations.name(node);
    SortedSet<String> zones = new TreeSet<>();
    List<String> from = new ArrayList<>();
    roles(node, zones, from);
    zoneLabel
        .flatMap(key -> Annotations.label(node, key))
        .ifPresent(value -> {
          if (Zone.isName(value)) {
            zones.add(value);
            from.add("label " + zoneLabel.get());
          } else {
            reads.note(
                "node "
                    + name
                    + ": label "
                    + zoneLabel.get()
                    + " is "
                    + value
                    + ", which cannot be a zone");
          }
        });
    if (etcdStacked && zones.contains(Zone.CONTROL_PLANE.name()) && zones.add(Zone.ETCD.name())) {
      from.add("etcd of the control plane, ConfigMap kube-system/kubeadm-config");
    }
    if (isOnlyIngress(zones)) {
      zones.add(Zone.WORKER.name());
      from.add("no role that excludes worker");
    }
    List<Address> addresses = new ArrayList<>();
    own(node, addresses);
    flannel(node, addresses);
    calico(node, addresses);
    return new FoundNode(name, List.copyOf(zones), String.join("; ", from), addresses, true);
  }

  private static boolean isOnlyIngress(Set<String> zones) {
    return zones.isEmpty() || zones.equals(Set.of(Zone.INGRESS.name()));
  }

  private void roles(Node node, Set<String> zones, List<String> from) {
    List<String> labels = new ArrayList<>();
    for (Map.Entry<String, String> label : new TreeMap<>(Annotations.labels(node)).entrySet()) {
      Optional<String> role =
          label.getKey().startsWith(ROLE)
              ? Optional.of(label.getKey().substring(ROLE.length()))
              : label.getKey().equals(OLD_ROLE) ? Optional.of(label.getValue()) : Optional.empty();
      if (role.isEmpty()) {
        continue;
      }
      Optional<Zone> zone = zone(role.get());
      if (zone.isPresent()) {
        zones.add(zone.get().name());
        labels.add(label.getKey());
      } else {
        reads.note(
            "the role "
                + role.get()
                + " of "
                + Annotations.name(node)
                + " is no zone of its own: --zone-label names a label whose values are zones");
      }
    }
    if (!labels.isEmpty()) {
      from.add((labels.size() > 1 ? "labels " : "label ") + String.join(", ", labels));
    }
  }

  private static Optional<Zone> zone(String role) {
    return ZoneWords.BUILT_IN
        .zones(role)
        .filter(zones -> zones.size() == 1 && ROLES.contains(zones.first()))
        .map(zones -> zones.first());
  }

  private void own(Node node, List<Address> addresses) {
    if (node.getStatus() == null || node.getStatus().getAddresses() == null) {
      return;
    }
    for (NodeAddress address : node.getStatus().getAddresses()) {
      switch (String.valueOf(address.getType())) {
        case "InternalIP" -> add(node, addresses, address.getAddress(), AddressClass.INTERNAL);
        case "ExternalIP" -> add(node, addresses, address.getAddress(), AddressClass.EXTERNAL);
        default -> {} // names of the machine
      }
    }
  }

  private void add(Node node, List<Address> addresses, String text, AddressClass type) {
    usable(node, text, type.word())
        .ifPresent(a -> addresses.add(new Address(a, type.word(), Optional.empty())));
  }

  /// An address that an inventory takes, and that no other node has.
  private Optional<InetAddress> usable(Node node, String text, String type) {
    String what = "node " + Annotations.name(node) + ": its " + type + " address " + text;
    Optional<InetAddress> address = literal(text);
    if (address.isEmpty() || isNeverProbed(address.get())) {
      reads.note(what + " is none that can be probed, and is left out");
      return Optional.empty();
    }
    String owner = owners.putIfAbsent(address.get(), Annotations.name(node));
    if (owner != null && !owner.equals(Annotations.name(node))) {
      reads.note(what + " is " + owner + "'s too, and is left out");
    }
    return owner == null ? address : Optional.empty();
  }

  private static Optional<InetAddress> literal(String text) {
    try {
      return text == null || text.contains("%")
          ? Optional.empty()
          : Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static boolean isNeverProbed(InetAddress address) {
    return address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isMulticastAddress()
        || address.isAnyLocalAddress()
        || AddressText.of(address).equals("255.255.255.255");
  }

  /// flannel's device has the first address of the node's part of the pod network, for vxlan and
  /// udp alike (flannel-io/flannel, `pkg/backend/vxlan/vxlan.go`, `pkg/backend/udp/udp_amd64.go`).
  private void flannel(Node node, List<Address> addresses) {
    String backend = annotation(node, CniSurvey.FLANNEL + "backend-type").orElse("");
    boolean vxlan = backend.equals("vxlan");
    if (!vxlan && !backend.equals("udp")) {
      return;
    }
    for (Network network : podNetworks(node)) {
      boolean v6 = network.address().getAddress().length > 4;
      if (v6 && (!vxlan || annotation(node, CniSurvey.FLANNEL + "backend-v6-data").isEmpty())) {
        continue;
      }
      Optional<Tunnel> tunnel =
          vxlan
              ? annotation(node, CniSurvey.FLANNEL + (v6 ? "backend-v6-data" : "backend-data"))
                  .flatMap(this::tunnel)
              : Optional.empty();
      usable(node, AddressText.of(network.address()), "overlay")
          .ifPresent(a -> addresses.add(new Address(a, AddressClass.OVERLAY.word(), tunnel)));
    }
  }

  /// `{"VNI":1,"VtepMAC":"ee:c8:6f:c1:4f:5f"}`.
  private Optional<Tunnel> tunnel(String data) {
    Matcher vni = VNI.matcher(data);
    Matcher mac = MAC.matcher(data);
    if (!vni.find() || !mac.find() || Integer.parseInt(vni.group(1)) >= 1 << 24) {
      return Optional.empty();
    }
    return Optional.of(
        new Tunnel(
            Integer.parseInt(vni.group(1)),
            mac.group(1).replace(":", "").toLowerCase(Locale.ROOT),
            overlayPort.orElse(Tunnel.DEFAULT_PORT)));
  }

  private void calico(Node node, List<Address> addresses) {
    for (String key : CALICO_ENDS) {
      annotation(node, key)
          .flatMap(text -> usable(node, text, "overlay"))
          .ifPresent(
              a -> addresses.add(new Address(a, AddressClass.OVERLAY.word(), Optional.empty())));
    }
  }

  /// The node's parts of the pod network, one a family.
  static List<Network> podNetworks(Node node) {
    if (node.getSpec() == null) {
      return List.of();
    }
    List<String> texts = new ArrayList<>();
    if (node.getSpec().getPodCIDRs() != null) {
      texts.addAll(node.getSpec().getPodCIDRs());
    }
    if (texts.isEmpty() && node.getSpec().getPodCIDR() != null) {
      texts.add(node.getSpec().getPodCIDR());
    }
    return texts.stream().flatMap(text -> Network.parse(text).stream()).toList();
  }
}
