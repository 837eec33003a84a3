package io.k8sfw.bench.scale;

import com.sun.management.OperatingSystemMXBean;
import io.k8sfw.audit.Audit;
import io.k8sfw.input.InvalidInputException;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.InventoryReader;
import io.k8sfw.matrix.BuiltinMatrices;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.observation.Observations;
import io.k8sfw.plan.Estimate;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.plan.Planner;
import io.k8sfw.plan.ScanPlan;
import io.k8sfw.reporters.HtmlReporter;
import io.k8sfw.reporters.JsonReporter;
import io.k8sfw.reporters.JunitXmlReporter;
import io.k8sfw.reporters.ResultsJson;
import io.k8sfw.reporters.TextReporter;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Reporter;
import io.k8sfw.result.Summary;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;

/// Plans, judges and reports a cluster that exists on paper, and prints what each step takes.
public final class Scale {
  private Scale() {}

  /// @param args the number of nodes; 5,000 where nothing is said
  public static void main(String[] args) throws Exception {
    int nodes = args.length == 0 ? 5000 : Integer.parseInt(args[0]);
    PaperCluster cluster = new PaperCluster(nodes);
    byte[] file = cluster.inventory().getBytes(StandardCharsets.UTF_8);
    Matrix matrix = BuiltinMatrices.find("seed").orElseThrow();
    PlanOptions options = new PlanOptions(Pace.NORMAL, false, false, Integer.MAX_VALUE);
    say("%,d nodes, inventory of %,d kB, heap at most %,d MB", nodes, file.length / 1000, most());

    Inventory inventory = timed("read inventory", () -> inventory(file, matrix));
    ScanPlan plan = timed("plan", () -> Planner.plan(matrix, inventory, options));
    say(
        "  %,d checks, %,d gaps, %,d orders, %,d ports; %s",
        plan.checks().size(),
        plan.gaps().size(),
        plan.orders().size(),
        plan.orders().stream().mapToLong(order -> order.size()).sum(),
        plan.placeSamples());
    timed("estimate", () -> Estimate.of(plan.orders()));
    Observations seen = timed("(make up what is seen)", () -> cluster.observe(plan.orders()));
    say("  %,d readings, %,d controls", seen.readings().size(), seen.controls().size());
    AuditResult result =
        timed(
            "plan again, and judge",
            () ->
                new Audit((_, _) -> seen, new AuditResult.Tool("k8sfw-audit", "bench", "25"))
                    .run(matrix, inventory, options, false, Progress.SILENT));
    say("  %s", timed("summary", () -> Summary.of(result)));
    report("text", new TextReporter(false), result);
    report("junit", new JunitXmlReporter(), result);
    report("html", new HtmlReporter(), result);
    Path json = Files.createTempFile("k8sfw-scale", ".json");
    try {
      timed("write json", () -> write(new JsonReporter(), result, Files.newBufferedWriter(json)));
      say("  %,d kB", Files.size(json) / 1000);
      if (Files.size(json) <= ResultsJson.MAX_BYTES) {
        timed("read json", () -> ResultsJson.read("results.json", Files.readAllBytes(json)));
      } else {
        say("  too large to be read back");
      }
    } finally {
      Files.delete(json);
    }
    say("resident at the most: %,d MB", resident());
  }

  /// In MB, since the process began (proc_pid_status(5), VmHWM).
  private static long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024)
        .findFirst()
        .orElse(-1);
  }

  private static Inventory inventory(byte[] file, Matrix matrix) {
    try {
      return InventoryReader.read("paper.yaml", file, matrix);
    } catch (InvalidInputException e) {
      throw new IllegalStateException(e.problems().toString(), e);
    }
  }

  private static void report(String name, Reporter reporter, AuditResult result) throws Exception {
    Counting out = new Counting();
    timed(name, () -> write(reporter, result, out));
    say("  %,d kB, %,d lines", out.written / 1000, out.lines);
  }

  private static Writer write(Reporter reporter, AuditResult result, Writer out) {
    try (out) {
      reporter.write(result, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out;
  }

  private static <T> T timed(String step, Callable<T> work) throws Exception {
    long started = System.nanoTime();
    long before = cpuNanos();
    T made = work.call();
    double cpu = (cpuNanos() - before) / 1e9;
    double seconds = (System.nanoTime() - started) / 1e9;
    Runtime runtime = Runtime.getRuntime();
    runtime.gc();
    say(
        "%-24s %7.2f s, CPU %7.2f s   %,6d MB live",
        step, seconds, cpu, (runtime.totalMemory() - runtime.freeMemory()) >> 20);
    return made;
  }

  /// Of all threads, the collector's included: a busy machine does not change it.
  private static long cpuNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  private static long most() {
    return Runtime.getRuntime().maxMemory() >> 20;
  }

  @SuppressWarnings("AnnotateFormatMethod") // its annotation is in no library that we have
  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  /// Keeps nothing.
  private static final class Counting extends Writer {
    private long written;
    private long lines;

    @Override
    public void write(char[] text, int from, int length) {
      written += length;
      for (int i = from; i < from + length; i++) {
        lines += text[i] == '\n' ? 1 : 0;
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
