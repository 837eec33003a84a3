package io.k8sfw.probes.linux;

import io.k8sfw.model.Family;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.OverlayDevice;
import io.k8sfw.observation.OverlayDevice.Kind;
import io.k8sfw.observation.SocketTable;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds the overlay devices of the calling thread's network namespace (rtnetlink(7); numbers of
/// attributes: `include/uapi/linux/if_link.h`, `if_addr.h`, `rtnetlink.h`).
public final class OverlayDevices {
  /// `struct ifinfomsg`: family 1, padding 1, type 2, index 4, flags 4, change 4.
  private static final int LINK_BODY = 16;

  private static final int IFF_UP = 1;
  private static final int IFLA_ADDRESS = 1;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_INFO_KIND = 1;
  private static final int IFLA_INFO_DATA = 2;
  private static final int IFLA_VXLAN_ID = 1;
  private static final int IFLA_VXLAN_PORT = 15;
  private static final int IFLA_VXLAN_GROUP6 = 16;
  private static final int IFLA_VXLAN_LOCAL6 = 17;
  private static final int IFLA_VXLAN_COLLECT_METADATA = 25;

  /// `struct ifaddrmsg`: family 1, prefix 1, flags 1, scope 1, index 4.
  private static final int ADDRESS_BODY = 8;

  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;

  /// `struct rtmsg`: family 1, length of destination 1, of source 1, TOS 1, table 1, protocol 1,
  /// scope 1, type 1, flags 4.
  private static final int ROUTE_BODY = 12;

  private static final int RTA_DST = 1;
  private static final int RTA_OIF = 4;
  private static final byte AF_INET = 2;
  private static final byte AF_INET6 = 10;

  /// Where flannel's udp backend listens unless told otherwise (flannel, `pkg/backend/udp`,
  /// `defaultPort`).
  private static final int FLANNEL_UDP_PORT = 8285;

  private OverlayDevices() {}

  private record Link(
      int index, String name, boolean up, String kind, Map<Integer, ByteBuffer> data, String mac) {}

  /// Those that are up and whose datagrams can be made.
  ///
  /// @param sockets show whether flannel's udp backend listens
  public static List<OverlayDevice> ofThisThread(SocketTable sockets) throws IOException {
    List<OverlayDevice> devices = new ArrayList<>();
    Map<Integer, List<InetAddress>> addresses = addresses();
    for (Link link : links()) {
      List<InetAddress> own = addresses.getOrDefault(link.index(), List.of());
      if (link.up() && !own.isEmpty()) {
        device(link, own, sockets).ifPresent(devices::add);
      }
    }
    return devices;
  }

  private static Optional<OverlayDevice> device(
      Link link, List<InetAddress> own, SocketTable sockets) {
    boolean vxlan =
        link.kind().equals("vxlan")
            && !isSet(link.data().get(IFLA_VXLAN_COLLECT_METADATA))
            && link.mac().length() == 12;
    if (vxlan) {
      boolean v6 =
          link.data().containsKey(IFLA_VXLAN_LOCAL6) || link.data().containsKey(IFLA_VXLAN_GROUP6);
      ByteBuffer port = link.data().get(IFLA_VXLAN_PORT);
      ByteBuffer vni = link.data().get(IFLA_VXLAN_ID);
      return port == null || port.limit() < 2 || vni == null || vni.limit() < 4
          ? Optional.empty()
          : Optional.of(
              new OverlayDevice(
                  link.name(),
                  link.index(),
                  Kind.VXLAN,
                  vni.getInt(0),
                  link.mac(),
                  // In network byte order, whatever the machine's.
                  (port.get(0) & 0xff) << 8 | (port.get(1) & 0xff),
                  v6 ? Family.IPV6 : Family.IPV4,
                  own));
    }
    boolean listened =
        sockets.listeners().stream()
            .anyMatch(l -> l.protocol().equals(Protocol.UDP) && l.port() == FLANNEL_UDP_PORT);
    return link.kind().equals("tun") && link.name().matches("flannel[0-9]+") && listened
        ? Optional.of(
            new OverlayDevice(
                link.name(),
                link.index(),
                Kind.FLANNEL_UDP,
                0,
                "",
                FLANNEL_UDP_PORT,
                Family.IPV4,
                own))
        : Optional.empty();
  }

  private static boolean isSet(@org.jspecify.annotations.Nullable ByteBuffer flag) {
    return flag != null && flag.limit() > 0 && flag.get(0) != 0;
  }

  private static List<Link> links() throws IOException {
    List<Link> links = new ArrayList<>();
    for (ByteBuffer body : RouteNetlink.dump(RouteNetlink.GET_LINK, new byte[LINK_BODY])) {
      if (body.limit() >= LINK_BODY) {
        links.add(link(body));
      }
    }
    return links;
  }

  private static Link link(ByteBuffer body) {
    Map<Integer, ByteBuffer> all = RouteNetlink.attributes(body, LINK_BODY);
    Map<Integer, ByteBuffer> info = nested(all.get(IFLA_LINKINFO));
    ByteBuffer mac = all.get(IFLA_ADDRESS);
    return new Link(
        body.getInt(4),
        text(all.get(IFLA_IFNAME)),
        (body.getInt(8) & IFF_UP) != 0,
        text(info.get(IFLA_INFO_KIND)),
        nested(info.get(IFLA_INFO_DATA)),
        mac == null ? "" : HexFormat.of().formatHex(bytes(mac)));
  }

  private static Map<Integer, ByteBuffer> nested(
      @org.jspecify.annotations.Nullable ByteBuffer value) {
    return value == null ? Map.of() : RouteNetlink.attributes(value, 0);
  }

  /// Ends with a zero byte in most kernels.
  private static String text(@org.jspecify.annotations.Nullable ByteBuffer value) {
    if (value == null) {
      return "";
    }
    String text = new String(bytes(value), StandardCharsets.US_ASCII);
    int end = text.indexOf(0);
    return end < 0 ? text : text.substring(0, end);
  }

  private static byte[] bytes(ByteBuffer value) {
    byte[] bytes = new byte[value.limit()];
    value.get(0, bytes);
    return bytes;
  }

  private static Map<Integer, List<InetAddress>> addresses() throws IOException {
    Map<Integer, List<InetAddress>> addresses = new HashMap<>();
    for (ByteBuffer body : RouteNetlink.dump(RouteNetlink.GET_ADDRESS, new byte[ADDRESS_BODY])) {
      if (body.limit() < ADDRESS_BODY) {
        continue;
      }
      Map<Integer, ByteBuffer> all = RouteNetlink.attributes(body, ADDRESS_BODY);
      // On a point-to-point device IFA_ADDRESS is the peer's.
      ByteBuffer own = all.getOrDefault(IFA_LOCAL, all.get(IFA_ADDRESS));
      if (own != null && (own.limit() == 4 || own.limit() == 16)) {
        InetAddress address = InetAddress.getByAddress(bytes(own));
        if (!address.isLinkLocalAddress()) {
          addresses.computeIfAbsent(body.getInt(4), _ -> new ArrayList<>()).add(address);
        }
      }
    }
    return addresses;
  }

  /// The device that a packet to `address` would leave by (`ip route get`).
  public static Optional<String> towards(InetAddress address) throws IOException {
    byte[] bytes = address.getAddress();
    byte[] request = new byte[ROUTE_BODY + 4 + bytes.length];
    ByteBuffer.wrap(request)
        .order(ByteOrder.nativeOrder())
        .put(bytes.length == 4 ? AF_INET : AF_INET6)
        .put((byte) (bytes.length * 8))
        .position(ROUTE_BODY)
        .putShort((short) (4 + bytes.length))
        .putShort((short) RTA_DST)
        .put(bytes);
    for (ByteBuffer body : RouteNetlink.get(RouteNetlink.GET_ROUTE, request)) {
      ByteBuffer index = RouteNetlink.attributes(body, ROUTE_BODY).get(RTA_OIF);
      if (index != null && index.limit() >= 4) {
        int wanted = index.getInt(0);
        return links().stream().filter(l -> l.index() == wanted).map(Link::name).findFirst();
      }
    }
    return Optional.empty();
  }
}
