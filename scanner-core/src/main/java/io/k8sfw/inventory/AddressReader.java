package io.k8sfw.inventory;

import io.k8sfw.input.YamlFields;
import io.k8sfw.input.YamlValue;
import io.k8sfw.model.AddressClass;
import io.k8sfw.model.NodeAddress;
import io.k8sfw.model.Tunnel;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Reads the addresses of nodes. They are literal: a name could stand for another machine by the
/// time that probes leave. Probes go to these addresses only, so what must never be probed is
/// refused here.
final class AddressReader {
  private static final List<String> OF_TUNNELS = List.of("vni", "mac", "port");

  private final boolean loopback;
  private final Map<InetAddress, String> pathOfAddress = new HashMap<>();
  private final Map<InetAddress, Tunnel> tunnels = new HashMap<>();

  /// @param loopback whether loopback addresses are accepted, for trials on one machine
  AddressReader(boolean loopback) {
    this.loopback = loopback;
  }

  /// A list of `"10.0.0.11"` or `{overlay: "10.244.0.0"}`.
  List<NodeAddress> read(YamlValue value) {
    List<YamlValue> items = value.items();
    if (items.isEmpty() && value.isSequence()) {
      value.reject("is empty; a node has at least one address");
    }
    List<NodeAddress> addresses = new ArrayList<>();
    for (YamlValue item : items) {
      if (item.isMapping()) {
        classed(item, addresses);
      } else {
        address(item).ifPresent(a -> addresses.add(new NodeAddress(a, AddressClass.INTERNAL)));
      }
    }
    return addresses;
  }

  private void classed(YamlValue value, List<NodeAddress> addresses) {
    Map<String, YamlValue> entries = value.entries();
    List<AddressClass> classes = List.of(AddressClass.values());
    List<String> accepted = new ArrayList<>(classes.stream().map(AddressClass::word).toList());
    accepted.addAll(OF_TUNNELS);
    var fields = value.fields(accepted.toArray(String[]::new));
    long addressed = entries.keySet().stream().filter(k -> !OF_TUNNELS.contains(k)).count();
    if (addressed != 1) {
      value.reject("has " + addressed + " keys; write {overlay: 10.244.0.0}, one address each");
      return;
    }
    tunnel(value, fields);
    for (AddressClass type : classes) {
      fields
          .get(type.word())
          .flatMap(this::address)
          .ifPresent(a -> addresses.add(new NodeAddress(a, type)));
    }
  }

  /// `{overlay: 10.244.1.0, vni: 1, mac: "0a:f1:00:00:00:01", port: 8472}`.
  private void tunnel(YamlValue value, YamlFields fields) {
    if (OF_TUNNELS.stream().allMatch(word -> fields.get(word).isEmpty())) {
      return;
    }
    Optional<YamlValue> overlay = fields.get(AddressClass.OVERLAY.word());
    if (overlay.isEmpty() || fields.get("vni").isEmpty() || fields.get("mac").isEmpty()) {
      value.reject(
          "declares a tunnel in part; write {overlay: 10.244.1.0, vni: 1, mac:"
              + " \"0a:f1:00:00:00:01\"}, and port where it is not 8472");
      return;
    }
    Optional<Integer> vni = fields.get("vni").flatMap(v -> v.integer(0, (1 << 24) - 1));
    Optional<String> mac = fields.get("mac").flatMap(AddressReader::mac);
    Optional<Integer> port =
        fields.get("port").isPresent()
            ? fields.get("port").flatMap(v -> v.integer(1, 65535))
            : Optional.of(Tunnel.DEFAULT_PORT);
    Optional<InetAddress> address = overlay.get().text().flatMap(AddressReader::literal);
    if (vni.isPresent() && mac.isPresent() && port.isPresent() && address.isPresent()) {
      tunnels.put(address.get(), new Tunnel(vni.get(), mac.get(), port.get()));
    }
  }

  private static Optional<String> mac(YamlValue value) {
    Optional<String> text = value.text();
    if (text.isPresent() && !text.get().matches("[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")) {
      value.reject(
          YamlValue.quote(text.get())
              + " is not a hardware address; write one such as \"0a:f1:00:00:00:01\"");
      return Optional.empty();
    }
    return text.map(t -> t.replace(":", "").toLowerCase(Locale.ROOT));
  }

  /// What was declared, by overlay address.
  Map<InetAddress, Tunnel> tunnels() {
    return Map.copyOf(tunnels);
  }

  private Optional<InetAddress> address(YamlValue value) {
    Optional<String> text = value.text();
    if (text.isPresent() && isMapped(text.get())) {
      value.reject(YamlValue.quote(text.get()) + " is an IPv4 address in IPv6; write it as IPv4");
      return Optional.empty();
    }
    Optional<InetAddress> address = text.flatMap(AddressReader::literal);
    if (text.isPresent() && address.isEmpty()) {
      value.reject(
          YamlValue.quote(text.get())
              + " is not an IP address; write one such as 10.0.0.11 or \"fd00::11\" (names are not"
              + " looked up)");
    }
    return address.filter(a -> isAcceptable(a, value));
  }

  /// Four decimal numbers without leading zeros, or what RFC 4291 section 2.2 calls the text of an
  /// IPv6 address, without a zone.
  private static Optional<InetAddress> literal(String text) {
    boolean v4 = text.matches("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
    boolean v6 = text.contains(":") && text.matches("[0-9A-Fa-f:.]{2,45}");
    try {
      return v4 || v6 ? Optional.of(InetAddress.ofLiteral(text)) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /// Whether it is IPv4-mapped (RFC 4291 section 2.5.5.2): [InetAddress] makes IPv4 of such.
  private static boolean isMapped(String text) {
    return text.contains(":") && literal(text).filter(Inet4Address.class::isInstance).isPresent();
  }

  private boolean isAcceptable(InetAddress address, YamlValue value) {
    Optional<String> never = neverProbed(address);
    if (never.isPresent()) {
      value.reject(YamlValue.quote(value.text().orElse("")) + " is " + never.get());
      return false;
    }
    String first = pathOfAddress.putIfAbsent(address, value.path());
    if (first != null) {
      value.reject(
          YamlValue.quote(value.text().orElse(""))
              + " is written at "
              + first
              + " already; an address belongs to one node, once");
      return false;
    }
    return true;
  }

  /// What kind of address it is, and why it is not accepted.
  private Optional<String> neverProbed(InetAddress address) {
    if (address.isLoopbackAddress()) {
      return loopback
          ? Optional.empty()
          : Optional.of("a loopback address; for a trial on one machine write loopback: true");
    }
    String kind =
        address.isLinkLocalAddress()
            ? "a link-local address"
            : address.isMulticastAddress()
                ? "a multicast address"
                : address.isAnyLocalAddress()
                    ? "the unspecified address"
                    : isBroadcast(address) ? "the broadcast address" : "";
    return kind.isEmpty() ? Optional.empty() : Optional.of(kind + ", which is never probed");
  }

  private static boolean isBroadcast(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == 4
        && Arrays.equals(bytes, new byte[] {(byte) 255, (byte) 255, (byte) 255, (byte) 255});
  }
}
