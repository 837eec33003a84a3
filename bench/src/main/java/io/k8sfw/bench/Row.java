package io.k8sfw.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// A row of the fault matrix: what is broken, how much is probed, who is compared.
///
/// Made by [Rows], one call a property.
final class Row {
  /// Something that is done to a trial.
  interface Step {
    Step NOTHING = _ -> {};

    void on(Trial trial) throws IOException, InterruptedException;
  }

  /// Looks at a trial of ours that has ended.
  interface Check {
    /// What did not come out as promised, and figures worth a note; may be empty.
    List<String> on(Trial trial) throws IOException, InterruptedException;
  }

  /// Draws what is true.
  interface Draw {
    Truth of(int hosts, int ports, long seed);
  }

  final String id;
  final String fault;
  int hosts = 1;
  int ports = 1000;
  int quickHosts = 1;
  int quickPorts = 200;
  Draw draw = (h, p, seed) -> Truth.draw(h, p, Truth.Mix.USUAL, seed);
  Step arrange = Step.NOTHING;
  Step during = Step.NOTHING;
  Check check = _ -> List.of();
  List<String> wrapper = List.of();
  SortedMap<String, String> environment = new TreeMap<>();
  List<Peer> peers = List.of(Peer.NMAP, Peer.NMAP_FAST);
  String pace = "normal";
  String protocol = "tcp";
  boolean exactReasons;
  boolean routed;
  boolean captured;
  String nodeAgent = "";

  Row(String id, String fault) {
    this.id = id;
    this.fault = fault;
  }

  Row full(int hosts, int ports) {
    this.hosts = hosts;
    this.ports = ports;
    return this;
  }

  Row quick(int hosts, int ports) {
    this.quickHosts = hosts;
    this.quickPorts = ports;
    return this;
  }

  Row truth(Draw draw) {
    this.draw = draw;
    return this;
  }

  Row mix(Truth.Mix mix) {
    return truth((h, p, seed) -> Truth.draw(h, p, mix, seed));
  }

  /// Before each prober, with the firewall in place and nothing else.
  Row arrange(Step step) {
    this.arrange = step;
    return this;
  }

  /// Beside each prober, on a thread of its own; interrupted when the prober ends.
  Row during(Step step) {
    this.during = step;
    return this;
  }

  /// After our own run.
  Row check(Check check) {
    this.check = check;
    return this;
  }

  /// What every prober is started with.
  Row wrapper(String... command) {
    this.wrapper = List.of(command);
    return this;
  }

  /// For our own run only.
  Row environment(Map<String, String> variables) {
    environment.putAll(variables);
    return this;
  }

  Row peers(Peer... peers) {
    this.peers = List.of(peers);
    return this;
  }

  Row pace(String pace) {
    this.pace = pace;
    return this;
  }

  Row udp() {
    this.protocol = "udp";
    return this;
  }

  /// A rejection must be told by its reason, not only from a closed port.
  Row exactReasons() {
    this.exactReasons = true;
    return this;
  }

  /// With a router between prober and target.
  Row routed() {
    this.routed = true;
    return this;
  }

  /// Our packets are captured where they arrive.
  Row captured() {
    this.captured = true;
    return this;
  }

  /// Our nodes have agents where the target is.
  Row agents() {
    this.nodeAgent = ", agent: {netns: %s}";
    return this;
  }

  Path directory(Path above, long seed) {
    return above.resolve(id + "-" + seed);
  }
}
