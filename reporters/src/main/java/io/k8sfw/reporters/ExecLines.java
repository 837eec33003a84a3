package io.k8sfw.reporters;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.ExecReport;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Cells.Cell;
import io.k8sfw.result.Findings.Finding;
import io.k8sfw.result.KubeletExecs;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/// What execs tell, for people: beside the verdicts on kubelet ports, and none itself.
final class ExecLines {
  private static final int MOST = 8;

  private ExecLines() {}

  /// Of the ways that a finding is about.
  static List<String> of(Finding finding, AuditResult result) {
    KubeletExecs execs = KubeletExecs.of(result);
    return of(
        finding.sightings().stream()
            .flatMap(s -> execs.about(s.assessment().check()).stream())
            .toList());
  }

  /// Of the ways that a cell is about.
  static List<String> of(Cell cell, AuditResult result) {
    KubeletExecs execs = KubeletExecs.of(result);
    return of(
        Stream.concat(
                cell.assessments().stream().map(Assessment::check).map(execs::about),
                cell.gaps().stream().map(execs::about))
            .flatMap(List::stream)
            .toList());
  }

  /// A line for all that worked, and one for each that failed.
  static List<String> of(Collection<ExecReport> execs) {
    List<String> lines = new ArrayList<>();
    String reached =
        Words.list(
            execs.stream()
                .filter(exec -> exec.failure().isEmpty())
                .map(exec -> Untrusted.of(exec.node()).visible())
                .distinct()
                .toList(),
            MOST);
    if (!reached.isEmpty()) {
      lines.add(
          "an exec led from an API server to the kubelet of "
              + reached
              + ", over the network or through a tunnel: that proves no rule of a firewall");
    }
    List<String> failed =
        execs.stream()
            .filter(exec -> exec.failure().isPresent())
            .map(ExecLines::failed)
            .distinct()
            .toList();
    lines.addAll(failed.subList(0, Math.min(MOST, failed.size())));
    if (failed.size() > MOST) {
      lines.add("and " + (failed.size() - MOST) + " more such execs in results.json");
    }
    return lines;
  }

  private static String failed(ExecReport exec) {
    return "an exec failed between an API server and the kubelet of %s (%s, tcp/%d): %s"
        .formatted(
            Untrusted.of(exec.node()).visible(),
            AddressText.of(exec.address()),
            exec.port(),
            exec.failure().map(Untrusted::visible).orElse(""));
  }
}
