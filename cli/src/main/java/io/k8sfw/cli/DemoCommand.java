package io.k8sfw.cli;

import io.k8sfw.fixtures.lab.Fault;
import io.k8sfw.fixtures.lab.Lab;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.InventoryReader;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.plan.Planner;
import io.k8sfw.plan.Witnessing;
import io.k8sfw.result.AuditResult;
import io.k8sfw.vantage.Pace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `demo`: a whole cluster on this machine, with faults planted, audited.
@Command(
    name = "demo",
    customSynopsis = "k8sfw-audit demo [--fault NAME,...] [-o FORMAT[=PATH]]... [options]",
    description = {
      "Build a cluster of network namespaces on this machine, plant faults in its firewalls, audit"
          + " it, and take it down again. Touches nothing outside those namespaces.",
      "Writes k8sfw-demo/report.html, results.json and junit.xml, unless -o says otherwise."
    })
final class DemoCommand extends Subcommand {
  private static final String MATRIX = "builtin:seed";
  private static final Path DIRECTORY = Path.of("k8sfw-demo");

  @Option(
      names = "--fault",
      split = ",",
      paramLabel = "NAME",
      description = "Faults to plant: names, all or none. Default: one of each kind.")
  List<String> faults = new ArrayList<>();

  @Option(names = "--list-faults", description = "Print what can be planted, and end.")
  boolean listFaults;

  @Option(
      names = "--cleanup",
      description = "Remove what a demo that was killed left behind, and end.")
  boolean cleanup;

  @Option(
      names = "--witness",
      paramLabel = "USE",
      converter = ProbeOptions.WitnessWord.class,
      description = "Whether nodes may hold free ports for seconds: auto or never. Default: auto.")
  Witnessing witness = Witnessing.AUTO;

  @Mixin OutputOption output = new OutputOption();
  @Mixin BarOptions bar = new BarOptions();
  @Mixin QuietOption quiet = new QuietOption();
  @Mixin ProgressOption progress = new ProgressOption();

  DemoCommand(Streams streams) {
    super(streams);
  }

  @Override
  public Integer call() throws Refusal, IOException, InterruptedException {
    if (listFaults) {
      Table table = new Table();
      for (Fault fault : Fault.values()) {
        table.row(fault.word(), fault.description());
      }
      streams().print(table.lines(""));
      return ExitCodes.COMPLIANT;
    }
    if (cleanup) {
      Lab.cleanup();
      streams().say("nothing of a demo is left");
      return ExitCodes.COMPLIANT;
    }
    Set<Fault> planted = planted();
    boolean silent = quiet.quiet(environment());
    Auditing auditing = new Auditing(streams(), silent, progress.style(streams(), silent));
    ExitCodes.Bar limits = bar.bar(environment());
    Outputs outputs = Outputs.of(words(), List.of(), streams());
    Optional<String> missing = Lab.missing();
    if (missing.isPresent()) {
      return without(missing.get(), auditing, outputs, limits);
    }
    if (!Lab.privileged()) {
      auditing.note("not root: starting again as root of a user namespace");
      return new Rootless(streams()).run();
    }
    try (var _ = streams().stop().orderly()) {
      return withLab(planted, auditing, outputs, limits);
    }
  }

  private int withLab(Set<Fault> planted, Auditing auditing, Outputs outputs, ExitCodes.Bar limits)
      throws Refusal, IOException, InterruptedException {
    auditing.note("building a cluster of network namespaces on this machine");
    long started = System.nanoTime();
    try (Lab lab = Lab.start(planted)) {
      Matrix matrix = new Inputs(streams()).matrix(List.of(MATRIX));
      Inventory inventory = inventory(lab.inventoryYaml(), matrix);
      PlanOptions options =
          new PlanOptions(Pace.FAST, true, false, Integer.MAX_VALUE, false, witness);
      auditing.note(
          "it is up after {} s: {} nodes, {} vantage points, {} faults planted; probing {} ports",
          seconds(started),
          inventory.nodes().size(),
          inventory.vantagePoints().size(),
          planted.size(),
          ports(matrix, inventory, options));
      started = System.nanoTime();
      // The lab is nobody else's.
      AuditResult result = auditing.audit(matrix, inventory, options, false, false);
      auditing.note("probed and judged after {} s", seconds(started));
      int code = auditing.deliver(result, outputs, limits);
      if (streams().stop().requested().isEmpty()) {
        new DemoOutcome(planted, lab.expected(), result).lines().forEach(auditing::encoded);
      }
      return code;
    }
  }

  /// Shows what can be shown without namespaces.
  private int without(String reason, Auditing auditing, Outputs outputs, ExitCodes.Bar limits)
      throws Refusal, IOException {
    streams().say("a cluster of network namespaces cannot be had here: {}", reason);
    streams()
        .say(
            "instead: three ports of this machine's loopback; no firewall, no roles, no UDP and no"
                + " IPv6 are shown");
    try (LoopbackDemo loopback = new LoopbackDemo();
        var _ = streams().stop().orderly()) {
      Matrix matrix = loopback.matrix();
      Inventory inventory = inventory(loopback.inventoryYaml(), matrix);
      AuditResult result =
          auditing.audit(
              matrix,
              inventory,
              new PlanOptions(Pace.FAST, false, false, Integer.MAX_VALUE, false, witness),
              false,
              true);
      return auditing.deliver(result, outputs, limits);
    }
  }

  private Set<Fault> planted() throws Refusal {
    if (faults.isEmpty()) {
      return Fault.DEMO;
    }
    Set<Fault> planted = EnumSet.noneOf(Fault.class);
    for (String word : faults) {
      switch (word) {
        case "all" -> planted.addAll(Fault.FINDINGS);
        case "none" -> {
          if (faults.size() > 1) {
            throw Refusal.usage("--fault none: goes with no other");
          }
        }
        default ->
            planted.add(
                Fault.named(word)
                    .orElseThrow(() ->
                        Refusal.usage(
                            "--fault {}: there is no such fault; there are: {}, all, none",
                            word,
                            Arrays.stream(Fault.values())
                                .map(Fault::word)
                                .collect(Collectors.joining(", ")))));
      }
    }
    return planted;
  }

  private List<String> words() throws Refusal {
    List<String> given = output.words(environment());
    if (!given.isEmpty()) {
      return given;
    }
    try {
      Files.createDirectories(DIRECTORY);
    } catch (IOException e) {
      throw Refusal.usage("{}: cannot be made: {}", DIRECTORY, String.valueOf(e.getMessage()));
    }
    return List.of(
        "text",
        "html=" + DIRECTORY.resolve("report.html"),
        "json=" + DIRECTORY.resolve("results.json"),
        "junit=" + DIRECTORY.resolve("junit.xml"));
  }

  /// It is ours, so a problem in it is our bug.
  private static Inventory inventory(String yaml, Matrix matrix) {
    try {
      return Inputs.parsed(
          () -> InventoryReader.read("demo.yaml", yaml.getBytes(StandardCharsets.UTF_8), matrix));
    } catch (Refusal e) {
      throw new IllegalStateException("the demo's own inventory can be read", e);
    }
  }

  private static long ports(Matrix matrix, Inventory inventory, PlanOptions options) {
    return Planner.plan(matrix, inventory, options).orders().stream()
        .mapToLong(o -> o.size())
        .sum();
  }

  private static String seconds(long since) {
    return String.format(Locale.ROOT, "%.1f", (System.nanoTime() - since) / 1e9);
  }
}
