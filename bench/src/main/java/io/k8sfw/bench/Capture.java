package io.k8sfw.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/// Every packet that arrived at the target, written by tcpdump(8) and read by this class, which
/// knows nothing of how it came to be sent.
final class Capture implements AutoCloseable {
  private static final int SYN = 0x02;
  private static final int ACK = 0x10;
  private static final int FILE_HEADER = 24;
  private static final int PACKET_HEADER = 16;
  private static final int ETHERNET_HEADER = 14;
  private static final long WINDOW_MICROS = 100_000;

  private final Process process;

  private Capture(Process process) {
    this.process = process;
  }

  static Capture start(Bed bed, Path pcap) throws IOException, InterruptedException {
    Files.deleteIfExists(pcap);
    String command = "tcpdump -Z root -U -n -s 128 -B 65536 -Q in -i " + Bed.DEVICE + " -w " + pcap;
    List<String> words = new ArrayList<>(List.of(command.split(" ", -1)));
    words.add("ip and (tcp or udp)");
    Process process =
        new ProcessBuilder(Bed.in(bed.targetName(), words.toArray(String[]::new)))
            .redirectErrorStream(true)
            .start();
    while (!Files.exists(pcap) || Files.size(pcap) < FILE_HEADER) {
      if (!process.isAlive()) {
        byte[] said = process.getInputStream().readAllBytes();
        throw new IOException("tcpdump: " + new String(said, StandardCharsets.UTF_8));
      }
      Thread.sleep(20);
    }
    return new Capture(process);
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /// @param payload bytes of TCP or UDP
  private record Packet(long micros, String source, Flow flow, boolean attempt, int payload) {}

  /// Rates against the pace, flows against the plan and the controls, payload against none.
  static List<String> check(Trial trial) throws IOException, InterruptedException {
    // tcpdump's own buffer.
    Thread.sleep(1000);
    List<Packet> packets = packets(Files.readAllBytes(trial.pcap()));
    Truth truth = trial.truth();
    SortedSet<Integer> controls = Audit.controlPorts(trial.results());
    SortedSet<Integer> others = new TreeSet<>();
    long payload = 0;
    long astray = 0;
    for (Packet packet : packets) {
      Flow flow = packet.flow();
      payload += packet.payload();
      if (!packet.source().equals(Bed.SOURCE) || !truth.addresses().contains(flow.address())) {
        astray++;
      } else if (!truth.fates().containsKey(flow) && !controls.contains(flow.port())) {
        others.add(flow.port());
      }
    }
    Map<String, List<Packet>> byAddress = new HashMap<>();
    List<Packet> attempts = packets.stream().filter(Packet::attempt).toList();
    attempts.forEach(
        p -> byAddress.computeIfAbsent(p.flow().address(), _ -> new ArrayList<>()).add(p));
    int busiest = byAddress.values().stream().mapToInt(Capture::most).max().orElse(0);
    return List.of(
        "pace %s: within 100 ms at the most %d SYNs to one address and %d in all"
            .formatted(trial.pace(), busiest, most(attempts)),
        "%d packets from or to other addresses".formatted(astray),
        "%d bytes of payload".formatted(payload),
        "%d ports asked that are neither planned nor controls".formatted(others.size()));
  }

  private static int most(List<Packet> attempts) {
    Deque<Long> window = new ArrayDeque<>();
    int most = 0;
    for (Packet packet : attempts) {
      window.addLast(packet.micros());
      while (packet.micros() - window.getFirst() >= WINDOW_MICROS) {
        window.removeFirst();
      }
      most = Math.max(most, window.size());
    }
    return most;
  }

  /// pcap-savefile(5), Ethernet, IPv4 (RFC 791), TCP (RFC 9293), UDP (RFC 768).
  private static List<Packet> packets(byte[] bytes) throws IOException {
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (file.getInt(0) != 0xa1b2c3d4 || file.getInt(20) != 1) {
      throw new IOException("not a capture of Ethernet on this machine");
    }
    List<Packet> packets = new ArrayList<>();
    int at = FILE_HEADER;
    while (at + PACKET_HEADER <= bytes.length) {
      long micros = file.getInt(at) * 1_000_000L + file.getInt(at + 4);
      int captured = file.getInt(at + 8);
      int start = at + PACKET_HEADER;
      if (start + captured > bytes.length) {
        break;
      }
      ByteBuffer ip = ByteBuffer.wrap(bytes, start + ETHERNET_HEADER, captured - ETHERNET_HEADER);
      packets.add(packet(micros, ip.slice()));
      at = start + captured;
    }
    return packets;
  }

  private static Packet packet(long micros, ByteBuffer ip) {
    int header = (ip.get(0) & 0x0f) * 4;
    int length = ip.getShort(2) & 0xffff;
    boolean tcp = ip.get(9) == 6;
    int own = tcp ? (ip.get(header + 12) >> 4 & 0x0f) * 4 : 8;
    boolean attempt = !tcp || (ip.get(header + 13) & (SYN | ACK)) == SYN;
    return new Packet(
        micros,
        address(ip, 12),
        new Flow(address(ip, 16), ip.getShort(header + 2) & 0xffff),
        attempt,
        length - header - own);
  }

  private static String address(ByteBuffer ip, int at) {
    return "%d.%d.%d.%d"
        .formatted(
            ip.get(at) & 0xff, ip.get(at + 1) & 0xff, ip.get(at + 2) & 0xff, ip.get(at + 3) & 0xff);
  }
}
