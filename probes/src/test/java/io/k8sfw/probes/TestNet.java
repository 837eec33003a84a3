package io.k8sfw.probes;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.k8sfw.probes.linux.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// Network namespaces for one test, joined by veth pairs, that go away with it: `src` (10.99.1.1,
/// fd99:1::1) – `mid`, a router (….254, ::fe) – `dst` (10.99.2.2, fd99:2::2). Needs root, `ip` and
/// `nft`.
final class TestNet implements AutoCloseable {
  static final InetAddress SRC4 = address("10.99.1.1");
  static final InetAddress MID4 = address("10.99.1.254");
  static final InetAddress DST4 = address("10.99.2.2");
  static final InetAddress SRC6 = address("fd99:1::1");
  static final InetAddress MID6 = address("fd99:1::fe");
  static final InetAddress DST6 = address("fd99:2::2");

  /// A rule that asks for connection tracking.
  static final String STATEFUL = "ct state established accept";

  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String prefix =
      "k8sfw-t" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet() + "-";
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  static TestNet create() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(hasTool("ip") && hasTool("nft"), "needs ip (iproute2) and nft (nftables)");
    TestNet net = new TestNet();
    try {
      net.build();
      return net;
    } catch (Exception | Error e) {
      net.close();
      throw e;
    }
  }

  /// For what only shows where the kernel tracks connections, once a rule asks for it.
  static TestNet tracking() throws Exception {
    assumeTrue(
        Files.exists(Path.of("/proc/sys/net/netfilter/nf_conntrack_count")),
        "needs a kernel with connection tracking loaded");
    return create();
  }

  static boolean hasTool(String name) {
    return List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin").stream()
        .anyMatch(dir -> Files.isExecutable(Path.of(dir, name)));
  }

  private void build() throws Exception {
    for (String name : List.of("src", "mid", "dst")) {
      run("ip", "netns", "add", prefix + name);
      in(
          name,
          "sysctl",
          "-qw",
          "net.ipv6.conf.all.accept_dad=0",
          "net.ipv6.conf.default.accept_dad=0");
      in(name, "ip", "link", "set", "lo", "up");
    }
    join("src", "10.99.1.1/24", "fd99:1::1/64", "10.99.1.254/24", "fd99:1::fe/64");
    join("dst", "10.99.2.2/24", "fd99:2::2/64", "10.99.2.254/24", "fd99:2::fe/64");
    in("mid", "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
    in("src", "ip", "route", "add", "default", "via", "10.99.1.254");
    in("src", "ip", "-6", "route", "add", "default", "via", "fd99:1::fe");
    in("dst", "ip", "route", "add", "default", "via", "10.99.2.254");
    in("dst", "ip", "-6", "route", "add", "default", "via", "fd99:2::fe");
  }

  private void join(String name, String v4, String v6, String midV4, String midV6)
      throws Exception {
    String mid = prefix + "mid";
    run(
        "ip",
        "link",
        "add",
        "eth0",
        "netns",
        prefix + name,
        "type",
        "veth",
        "peer",
        "name",
        name,
        "netns",
        mid);
    in(name, "ip", "addr", "add", v4, "dev", "eth0");
    in(name, "ip", "addr", "add", v6, "dev", "eth0", "nodad");
    in(name, "ip", "link", "set", "eth0", "up");
    in("mid", "ip", "addr", "add", midV4, "dev", name);
    in("mid", "ip", "addr", "add", midV6, "dev", name, "nodad");
    in("mid", "ip", "link", "set", name, "up");
  }

  Path path(String name) {
    return Path.of("/run/netns", prefix + name);
  }

  void in(String name, String... command) throws Exception {
    String[] all = new String[command.length + 4];
    System.arraycopy(command, 0, all, 4, command.length);
    all[0] = "ip";
    all[1] = "netns";
    all[2] = "exec";
    all[3] = prefix + name;
    run(all);
  }

  /// One inet table `t` with one chain at `hook`, whose rules replace any earlier ones of it.
  void nft(String name, String hook, String... rules) throws Exception {
    String ruleset =
        "add table inet t\nadd chain inet t %s { type filter hook %s priority 0; }\nflush chain inet t %s\n"
            .formatted(hook, hook, hook);
    Path file = Files.createTempFile("k8sfw", ".nft");
    try {
      StringBuilder text = new StringBuilder(ruleset);
      for (String rule : rules) {
        text.append("add rule inet t ").append(hook).append(' ').append(rule).append('\n');
      }
      Files.writeString(file, text);
      in(name, "nft", "-f", file.toString());
    } finally {
      Files.delete(file);
    }
  }

  void listen(String name, InetAddress address, int port) throws Exception {
    listen(name, address, port, 64);
  }

  void listen(String name, InetAddress address, int port, int backlog) throws Exception {
    ServerSocketChannel server =
        inside(
            name,
            () -> {
              ServerSocketChannel made = ServerSocketChannel.open();
              made.bind(new InetSocketAddress(address, port), backlog);
              return made;
            });
    open.push(server);
    Thread.ofVirtual()
        .start(() -> {
          while (server.isOpen()) {
            try {
              server.accept().close();
            } catch (IOException _) {
              // The next loop sees whether it was closed.
            }
          }
        });
  }

  /// Answers every datagram with itself.
  void echo(String name, InetAddress address, int port) throws Exception {
    DatagramChannel channel =
        inside(name, () -> DatagramChannel.open().bind(new InetSocketAddress(address, port)));
    open.push(channel);
    Thread.ofVirtual()
        .start(() -> {
          var buffer = java.nio.ByteBuffer.allocate(2048);
          while (channel.isOpen()) {
            try {
              var peer = channel.receive(buffer.clear());
              channel.send(buffer.flip(), peer);
            } catch (IOException _) {
              // The next loop sees whether it was closed.
            }
          }
        });
  }

  <T> T inside(String name, Callable<T> work) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.open(path(name));
        ExecutorService thread = Executors.newSingleThreadExecutor()) {
      return thread
          .submit(() -> {
            namespace.enter();
            return work.call();
          })
          .get();
    }
  }

  NetnsVantage vantage(String name) throws IOException {
    NetnsVantage vantage = NetnsVantage.open(name, path(name));
    open.push(vantage);
    return vantage;
  }

  /// Closed with the rest.
  <T extends AutoCloseable> T closing(T resource) {
    open.push(resource);
    return resource;
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  static InetAddress address(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Override
  public void close() throws IOException {
    for (AutoCloseable each : open) {
      try {
        each.close();
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
    for (String name : List.of("src", "mid", "dst")) {
      if (Files.exists(path(name))) {
        run("ip", "netns", "del", prefix + name);
      }
    }
  }
}
