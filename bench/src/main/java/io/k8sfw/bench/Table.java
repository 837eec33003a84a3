package io.k8sfw.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// The fault matrix as a Markdown table, a line a row: sums over the seeds.
final class Table {
  private Table() {}

  static List<String> head() {
    return List.of(
        "| row | fault | flows | ours: wrong | not known | seconds | peak SYN/s | SYNs | nmap -sT: wrong | seconds"
            + " | other peer: wrong | seconds | notes |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|---|---|");
  }

  static String line(Row row, List<Trial.Outcome> outcomes) {
    List<Trial.Run> ours = outcomes.stream().map(Trial.Outcome::run).toList();
    Score score = sum(ours);
    List<String> cells =
        new ArrayList<>(
            List.of(
                row.id,
                row.fault,
                Integer.toString(score.total()),
                (score.wrong() > 0 ? "**" + score.wrong() + "**" : "0"),
                Integer.toString(score.unknown()),
                seconds(ours),
                "%.0f".formatted(ours.stream().mapToDouble(Trial.Run::peak).max().orElse(0)),
                Long.toString(ours.stream().mapToLong(Trial.Run::attempts).sum())));
    List<Trial.Run> nmap = of(outcomes, Peer.NMAP);
    cells.add(nmap.isEmpty() ? "" : wrong(nmap));
    cells.add(nmap.isEmpty() ? "" : seconds(nmap));
    List<String> others = new ArrayList<>();
    List<String> times = new ArrayList<>();
    for (Peer peer : Peer.values()) {
      List<Trial.Run> runs = of(outcomes, peer);
      if (peer != Peer.NMAP && !runs.isEmpty()) {
        others.add("`" + peer.label() + "`: " + wrong(runs));
        times.add(seconds(runs));
      }
    }
    cells.add(String.join("<br>", others));
    cells.add(String.join("<br>", times));
    List<String> notes = new ArrayList<>();
    if (score.lucky() > 0) {
      notes.add(score.lucky() + " right by luck: no attempt met the firewall");
    }
    ours.stream().flatMap(r -> r.notes().stream()).distinct().forEach(notes::add);
    cells.add(String.join("; ", notes).replace("|", "\\|").replace("\n", " "));
    return "| " + String.join(" | ", cells) + " |";
  }

  private static List<Trial.Run> of(List<Trial.Outcome> outcomes, Peer peer) {
    return outcomes.stream()
        .filter(o -> o.peers().containsKey(peer))
        .map(o -> java.util.Objects.requireNonNull(o.peers().get(peer)))
        .toList();
  }

  private static Score sum(List<Trial.Run> runs) {
    return runs.stream().map(Trial.Run::score).reduce(Score.NONE, Score::plus);
  }

  private static String wrong(List<Trial.Run> runs) {
    Score score = sum(runs);
    return score.unknown() == 0
        ? Integer.toString(score.wrong())
        : "%d (%d not told)".formatted(score.wrong(), score.unknown());
  }

  /// Of each seed.
  private static String seconds(List<Trial.Run> runs) {
    return runs.stream()
        .map(r -> "%s%.1f".formatted(r.exit() < 0 ? ">" : "", r.took().toMillis() / 1000.0))
        .collect(Collectors.joining(" / "));
  }
}
