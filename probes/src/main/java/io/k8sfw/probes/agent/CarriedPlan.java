package io.k8sfw.probes.agent;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.input.Sha256;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.PortSet;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What a place that nobody can log in to from here is asked. It is carried there as a file:
/// addresses and ports, and nothing of what is hoped for.
///
/// @param matrix SHA-256 of the matrix, 64 hex digits: it tells plans apart, and nothing else
/// @param inventory likewise
/// @param order nodes are not named in it, and no port is witnessed: nobody at the nodes takes part
/// @param expires after that nobody should probe by it: addresses may have become somebody else's
public record CarriedPlan(
    String matrix, String inventory, ProbeOrder order, Instant made, Instant expires) {
  private static final Duration VALID = Duration.ofDays(30);

  private static final SealedLines<Line> FILE =
      new SealedLines<>(Line.class, "a plan of k8sfw-audit", 1);

  /// A line of the file.
  sealed interface Line {
    record For(
        String place, String matrix, String inventory, String asked, Instant made, Instant expires)
        implements Line {}

    /// @param allowed addresses beside these are refused
    record Within(
        Pace pace, long seed, boolean externalControl, int trackedAtMost, Set<InetAddress> allowed)
        implements Line {}

    record Ask(Target target) implements Line {}

    record End(int targets, long ports) implements Line {}
  }

  /// A plan for the place of `order`, made now.
  public static CarriedPlan of(String matrix, String inventory, ProbeOrder order, Instant now) {
    Instant made = now.truncatedTo(ChronoUnit.SECONDS);
    return new CarriedPlan(matrix, inventory, bare(order), made, made.plus(VALID));
  }

  private static ProbeOrder bare(ProbeOrder order) {
    return new ProbeOrder(
        order.vantage(),
        order.targets().stream()
            .map(t ->
                new Target(
                    Optional.empty(),
                    t.address(),
                    t.protocol(),
                    t.ports(),
                    PortSet.NONE,
                    t.guarded()))
            .toList(),
        order.pace(),
        order.seed(),
        order.externalControl(),
        order.trackedAtMost());
  }

  public String place() {
    return order.vantage();
  }

  /// Which question it is: of matrix, inventory, place, addresses and ports, 64 hex digits. The
  /// pace is another matter.
  public String asked() {
    String targets =
        order.targets().stream()
            .map(t ->
                AddressText.of(t.address())
                    + " "
                    + t.protocol()
                    + "/"
                    + t.ports()
                    + " guarded "
                    + t.guarded())
            .collect(Collectors.joining("\n"));
    return Sha256.of(String.join("\n", matrix, inventory, place(), targets));
  }

  /// As a file: one line a target.
  public byte[] file() {
    Set<InetAddress> allowed = new LinkedHashSet<>();
    order.targets().forEach(t -> allowed.add(t.address()));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      SealedLines.Sealing<Line> out = FILE.begin(bytes);
      out.write(new Line.For(place(), matrix, inventory, asked(), made, expires));
      out.write(
          new Line.Within(
              order.pace(), order.seed(), order.externalControl(), order.trackedAtMost(), allowed));
      for (Target target : order.targets()) {
        out.write(new Line.Ask(target));
      }
      out.write(new Line.End(order.targets().size(), order.size()));
      out.seal();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new IllegalStateException("memory can be written to", e);
    }
  }

  /// @param source the file as the user named it
  /// @throws InvalidInputException where it is not a whole plan of this build, or asks what no
  ///   agent does
  public static CarriedPlan read(String source, byte[] bytes) throws InvalidInputException {
    List<SealedLines.Line<Line>> lines = FILE.read(source, bytes);
    if (lines.size() < 3
        || !(lines.get(0).said() instanceof Line.For to)
        || !(lines.get(1).said() instanceof Line.Within within)
        || !(lines.getLast().said() instanceof Line.End end)) {
      throw SealedLines.refused(source, 2, "is not " + FILE.kind());
    }
    Permitted permitted = new Permitted(within.allowed());
    List<Target> targets = new ArrayList<>();
    for (SealedLines.Line<Line> line : lines.subList(2, lines.size() - 1)) {
      targets.add(target(source, line, permitted));
    }
    permitted(source, permitted, within);
    ProbeOrder order =
        new ProbeOrder(
            to.place(),
            targets,
            within.pace(),
            within.seed(),
            within.externalControl(),
            within.trackedAtMost());
    CarriedPlan plan = new CarriedPlan(to.matrix(), to.inventory(), order, to.made(), to.expires());
    if (end.targets() != targets.size()
        || end.ports() != order.size()
        || !plan.asked().equals(to.asked())) {
      throw SealedLines.refused(
          source, lines.getLast().number(), "does not ask what it says it asks");
    }
    return plan;
  }

  private static Target target(String source, SealedLines.Line<Line> line, Permitted permitted)
      throws InvalidInputException {
    if (!(line.said() instanceof Line.Ask(Target target)) || target.ports().isEmpty()) {
      throw SealedLines.refused(source, line.number(), "asks for nothing");
    }
    try {
      permitted.check(target.address());
      return target;
    } catch (IOException e) {
      throw SealedLines.refused(source, line.number(), "is refused: " + e.getMessage());
    }
  }

  private static void permitted(String source, Permitted permitted, Line.Within within)
      throws InvalidInputException {
    try {
      permitted.check(within.pace());
      if (!Pace.named(within.pace().name()).equals(Optional.of(within.pace()))
          || within.trackedAtMost() < 1) {
        throw new IOException("no audit asks for such a pace");
      }
    } catch (IOException e) {
      throw SealedLines.refused(source, 3, "is refused: " + e.getMessage());
    }
  }
}
