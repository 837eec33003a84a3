package io.k8sfw.cli;

import io.k8sfw.audit.Audit;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.Node;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.model.NodeAddress;
import io.k8sfw.model.Tunnel;
import io.k8sfw.observation.OverlayDevice;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.plan.Planner;
import io.k8sfw.plan.ScanPlan;
import io.k8sfw.probes.LiveCampaign;
import io.k8sfw.probes.agent.CarriedObservations;
import io.k8sfw.probes.agent.WithCarried;
import io.k8sfw.probes.ssh.SshClient;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Outcome;
import io.k8sfw.result.Summary;
import io.k8sfw.vantage.Campaign;
import io.k8sfw.vantage.DeclaredOverlays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// An audit with everything around it: vantage points, progress, reports, exit code. Shared by
/// `run` and `demo`.
final class Auditing {
  private final Streams streams;
  private final boolean quiet;
  private final ProgressMeter.Style style;
  private final SshClient ssh;
  private final Optional<PodCluster> pods;

  Auditing(Streams streams, boolean quiet, ProgressMeter.Style style) {
    this(streams, quiet, style, SshClient.with(List.of()), Optional.empty());
  }

  /// @param pods where agents as pods are started; empty where none are
  Auditing(
      Streams streams,
      boolean quiet,
      ProgressMeter.Style style,
      SshClient ssh,
      Optional<PodCluster> pods) {
    this.streams = streams;
    this.quiet = quiet;
    this.style = style;
    this.ssh = ssh;
    this.pods = pods;
  }

  /// Talk that `--quiet` silences.
  void note(String template, Object... foreign) {
    if (!quiet) {
      streams.say(template, foreign);
    }
  }

  /// A line of talk that is encoded already.
  void encoded(String line) {
    if (!quiet) {
      streams.err().println(line);
    }
  }

  /// As the other, with nothing that was observed before.
  AuditResult audit(
      Matrix matrix,
      Inventory inventory,
      PlanOptions options,
      boolean strict,
      boolean tablesAreShared) {
    return audit(matrix, inventory, options, strict, tablesAreShared, false, List.of());
  }

  /// Probes and judges. A signal ends it early, with what there is.
  ///
  /// @param tablesAreShared others need the connection tracking tables too: see [LiveCampaign]
  /// @param inject whether packets may be sent to ports inside an overlay that nobody on the node
  ///   confirmed to be free
  /// @param observed at other times, by offline places
  AuditResult audit(
      Matrix matrix,
      Inventory inventory,
      PlanOptions options,
      boolean strict,
      boolean tablesAreShared,
      boolean inject,
      List<CarriedObservations> observed) {
    DeclaredOverlays overlays = overlays(inventory, inject);
    ScanPlan plan = Planner.plan(matrix, inventory, options);
    if (options.disruptBgp()) {
      // Whatever --quiet says: it is the last chance to stop it.
      streams.say(
          "allowed to connect to BGP ports (179) where nothing else tells their state: established"
              + " sessions may be reset");
    }
    Set<String> places =
        observed.stream().map(CarriedObservations::place).collect(Collectors.toSet());
    Vantages.Ways ways = Vantages.Ways.of(ssh, pods, streams);
    long began = System.nanoTime();
    long ready;
    long done;
    AuditResult result;
    try (Vantages vantages = new Vantages(inventory, ways, places);
        ProgressMeter meter = new ProgressMeter(streams, style, plan.orders(), System::nanoTime)) {
      ready = System.nanoTime();
      Campaign live = new LiveCampaign(vantages.all(), tablesAreShared, overlays);
      result =
          new Audit(new WithCarried(live, observed), Version.tool())
              .run(matrix, inventory, options, strict, meter);
      done = System.nanoTime();
    }
    if (pods.isPresent()) {
      note(
          "the pods took {} s to start, the audit {} s, and the pods {} s to go",
          seconds(ready - began),
          seconds(done - ready),
          seconds(System.nanoTime() - done));
    }
    return result;
  }

  private static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.1f", nanos / 1e9);
  }

  private static DeclaredOverlays overlays(Inventory inventory, boolean inject) {
    Map<String, List<OverlayDevice>> devices = new LinkedHashMap<>();
    for (Node node : inventory.nodes()) {
      List<OverlayDevice> declared =
          node.addresses().stream()
              .filter(a -> inventory.tunnels().containsKey(a.address()))
              .map(a -> device(a, Objects.requireNonNull(inventory.tunnels().get(a.address()))))
              .toList();
      if (!declared.isEmpty()) {
        devices.put(node.name(), declared);
      }
    }
    return new DeclaredOverlays(devices, inject);
  }

  /// What carries a tunnel is taken to be of the family of what it carries, as flannel has it.
  private static OverlayDevice device(NodeAddress address, Tunnel tunnel) {
    return new OverlayDevice(
        "declared",
        0,
        OverlayDevice.Kind.VXLAN,
        tunnel.vni(),
        tunnel.mac(),
        tunnel.port(),
        address.family(),
        List.of(address.address()));
  }

  /// Writes the reports, says in one line how it ended, and decides the exit code. Call it inside
  /// [Stop#orderly], so that a signal does not cost the reports.
  int deliver(AuditResult result, Outputs outputs, ExitCodes.Bar bar) {
    List<String> failures = outputs.write(result);
    failures.forEach(line -> streams.say("{}", line));
    if (!outputs.toStdout()) {
      note(summary(result));
    }
    outputs.files().forEach(file -> note("wrote {}", file));
    if (streams.stop().requested().isPresent()) {
      return streams.stop().requested().get().exitCode();
    }
    int code = ExitCodes.of(result, bar);
    if (code == ExitCodes.CANNOT_RUN) {
      streams.say("no vantage point could be used; the report says why");
    }
    return failures.isEmpty() ? code : ExitCodes.CANNOT_RUN;
  }

  /// `not compliant: 2 over-exposed, 1 missing, 0 deviating; 118 of 120 checks judged (98%)`
  static String summary(AuditResult result) {
    Summary s = Summary.of(result);
    Outcome outcome = s.outcome();
    return String.format(
        Locale.ROOT,
        "%s%s%s: %,d over-exposed, %,d missing, %,d deviating; %,d of %,d checks judged (%d%%)",
        outcome.words(),
        result.placeSamples().isEmpty() ? "" : " (sample)",
        result.complete() ? "" : " (incomplete)",
        s.overExposed(),
        s.missing(),
        s.deviates(),
        s.judged(),
        s.planned(),
        s.coveragePercent());
  }
}
