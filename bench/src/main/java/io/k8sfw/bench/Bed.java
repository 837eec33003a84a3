package io.k8sfw.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A prober's namespace and a target's, with a cable between them, or a router. All addresses of
/// 10.66.0.0/16 and fd66::/64 are the target's own.
///
/// Nothing leads anywhere else.
final class Bed implements AutoCloseable {
  static final String SOURCE = "10.65.0.1";
  static final String SOURCE_6 = "fd65::1";

  /// The cable's name on either end.
  static final String DEVICE = "cable";

  private static final Pattern NAME = Pattern.compile("kb-([0-9]+)-[a-z]+");
  private static final String COUNTERS =
      """
      table inet counters
      delete table inet counters
      table inet counters {
        counter attempts { }
        counter arrived { }
        chain in {
          type filter hook prerouting priority -450
          iifname "cable" meta l4proto { tcp, udp } counter name arrived
          iifname "cable" tcp flags & (fin | syn | rst | ack) == syn counter name attempts
        }
      }
      """;

  private static final Set<Bed> OPEN = java.util.concurrent.ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(Bed::removeAll));
  }

  private final String source;
  private final String target;
  private final Optional<String> router;
  private Optional<Listeners> listeners = Optional.empty();

  private Bed(String prefix, boolean routed) {
    this.source = prefix + "src";
    this.target = prefix + "dst";
    this.router = routed ? Optional.of(prefix + "rtr") : Optional.empty();
  }

  static Bed make(boolean routed) throws IOException, InterruptedException {
    removeLeftovers();
    Bed bed = new Bed("kb-" + ProcessHandle.current().pid() + "-", routed);
    OPEN.add(bed);
    try {
      bed.up();
      return bed;
    } catch (IOException | InterruptedException | RuntimeException e) {
      bed.close();
      throw e;
    }
  }

  /// Namespaces of runs that were killed.
  private static void removeLeftovers() throws IOException, InterruptedException {
    for (String line : Shell.run("ip", "netns", "list").lines().toList()) {
      String name = line.split(" ", 2)[0];
      Matcher matcher = NAME.matcher(name);
      if (matcher.matches() && ProcessHandle.of(Long.parseLong(matcher.group(1))).isEmpty()) {
        Shell.run("ip", "netns", "del", name);
      }
    }
  }

  private void up() throws IOException, InterruptedException {
    for (String name : namespaces().toList()) {
      Shell.run("ip", "netns", "add", name);
      inside(
          name, "sh", "-c", "for d in /proc/sys/net/ipv6/conf/*; do echo 0 >$d/accept_dad; done");
      inside(name, "ip", "link", "set", "lo", "up");
    }
    if (router.isPresent()) {
      cable(source, DEVICE, router.get(), "left");
      cable(router.get(), "right", target, DEVICE);
      lines(
          router.get(),
          "address add 10.65.0.2/24 dev left",
          "address add 10.64.0.2/24 dev right",
          "route add 10.66.0.0/16 via 10.64.0.1");
      inside(router.get(), "sysctl", "-qw", "net.ipv4.ip_forward=1");
      lines(target, "address add 10.64.0.1/24 dev cable", "route add 10.65.0.0/24 via 10.64.0.2");
    } else {
      cable(source, DEVICE, target, DEVICE);
      lines(target, "address add 10.65.0.2/24 dev cable", "address add fd65::2/64 dev cable nodad");
    }
    addressesOfSource();
    lines(target, "route add local 10.66.0.0/16 dev lo", "route add local fd66::/64 dev lo");
  }

  /// Gives the prober's end its addresses and routes, which a link that went down has lost.
  void addressesOfSource() throws IOException, InterruptedException {
    lines(
        source,
        "address replace 10.65.0.1/24 dev cable",
        "address replace fd65::1/64 dev cable nodad",
        "route replace 10.66.0.0/16 via 10.65.0.2",
        "route replace fd66::/64 via fd65::2");
  }

  private static void cable(String near, String nearEnd, String far, String farEnd)
      throws IOException, InterruptedException {
    inside(
        near, "ip", "link", "add", nearEnd, "type", "veth", "peer", "name", farEnd, "netns", far);
    inside(near, "ip", "link", "set", nearEnd, "up");
    inside(far, "ip", "link", "set", farEnd, "up");
  }

  private static void lines(String namespace, String... lines)
      throws IOException, InterruptedException {
    Shell.run(String.join("\n", lines) + "\n", in(namespace, "ip", "-batch", "-"));
  }

  private Stream<String> namespaces() {
    return Stream.concat(Stream.of(source, target), router.stream());
  }

  static List<String> in(String namespace, String... command) {
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    all.addAll(Arrays.asList(command));
    return all;
  }

  private static String inside(String namespace, String... command)
      throws IOException, InterruptedException {
    return Shell.run("", in(namespace, command));
  }

  /// Starts services on these ports of the target.
  Listeners listen(java.util.Collection<Integer> ports) throws IOException, InterruptedException {
    Listeners started = new Listeners(path(target), ports);
    listeners = Optional.of(started);
    return started;
  }

  static Path path(String namespace) {
    return Path.of("/run/netns", namespace);
  }

  String sourceName() {
    return source;
  }

  String targetName() {
    return target;
  }

  String routerName() {
    return router.orElseThrow();
  }

  /// Runs a command where the prober is.
  String atSource(String... command) throws IOException, InterruptedException {
    return inside(source, command);
  }

  /// Runs a command where the target is.
  String atTarget(String... command) throws IOException, InterruptedException {
    return inside(target, command);
  }

  /// Loads rules into the target's namespace.
  void targetRules(String nft) throws IOException, InterruptedException {
    Shell.run(nft, in(target, "nft", "-f", "-"));
  }

  /// Loads rules into the prober's namespace.
  void sourceRules(String nft) throws IOException, InterruptedException {
    Shell.run(nft, in(source, "nft", "-f", "-"));
  }

  /// Takes every rule away, and with them what they have counted and remembered.
  void noRules() throws IOException, InterruptedException {
    atSource("nft", "flush", "ruleset");
    atTarget("nft", "flush", "ruleset");
    targetRules(COUNTERS);
  }

  @Override
  public void close() throws IOException {
    if (listeners.isPresent()) {
      listeners.get().close();
      listeners = Optional.empty();
    }
    try {
      remove();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted: namespaces may be left", e);
    }
    OPEN.remove(this);
  }

  private void remove() throws IOException, InterruptedException {
    String there = Shell.run("ip", "netns", "list");
    for (String name : namespaces().toList()) {
      if (there.lines().anyMatch(l -> l.split(" ", 2)[0].equals(name))) {
        Shell.run("ip", "netns", "del", name);
      }
    }
  }

  private static void removeAll() {
    Shell.endAll();
    OPEN.forEach(Bed::removeQuietly);
  }

  private void removeQuietly() {
    try {
      remove();
    } catch (IOException | InterruptedException e) {
      System.err.println("bench: namespaces may be left: " + e.getMessage());
    }
  }
}
