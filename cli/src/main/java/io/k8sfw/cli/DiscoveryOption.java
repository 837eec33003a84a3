package io.k8sfw.cli;

import io.k8sfw.kubernetes.DiscoveryOptions;
import io.k8sfw.kubernetes.DiscoveryOptions.EtcdMember;
import io.k8sfw.kubernetes.DiscoveryOptions.Place;
import io.k8sfw.model.Zone;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// `--zone-label`, `--etcd` and `--vantage`: what a cluster does not tell of itself.
final class DiscoveryOption {
  /// As the reader of inventories has it.
  private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,252}";

  private static final String LABEL = "([A-Za-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,62})";

  @Option(
      names = "--zone-label",
      paramLabel = "KEY",
      description =
          "With a live cluster: a label of nodes whose value is a zone, beside"
              + " node-role.kubernetes.io/*.")
  @Nullable String zoneLabel;

  @Option(
      names = "--etcd",
      paramLabel = "NAME=ADDRESS",
      description =
          "With a live cluster: a member of etcd that is no node of it. May be given several times.")
  List<String> etcd = new ArrayList<>();

  @Option(
      names = "--vantage",
      paramLabel = "NAME=ZONE[,ZONE...]:AGENT",
      description =
          "With a live cluster: a place to probe from beside its nodes and pods. AGENT is local"
              + " (where this program runs), offline, netns=NAME or ssh=HOST. May be given several"
              + " times, such as laptop=cluster-admin:local.")
  List<String> places = new ArrayList<>();

  boolean given() {
    return zoneLabel != null || !etcd.isEmpty() || !places.isEmpty();
  }

  /// @throws Refusal with everything that is wrong with them
  DiscoveryOptions options() throws Refusal {
    List<String> wrong = new ArrayList<>();
    if (zoneLabel != null && !zoneLabel.matches(LABEL)) {
      wrong.add(
          Visible.line(
              "--zone-label {}: is not the key of a label; write one such as example.com/zone",
              zoneLabel));
    }
    List<EtcdMember> members = new ArrayList<>();
    for (String word : etcd) {
      String[] parts = word.split("=", 2);
      if (parts.length == 2 && parts[0].matches(NAME) && !parts[1].isBlank()) {
        members.add(new EtcdMember(parts[0], parts[1]));
      } else {
        wrong.add(Visible.line("--etcd {}: write NAME=ADDRESS, such as etcd-1=10.0.0.31", word));
      }
    }
    List<Place> found = new ArrayList<>();
    for (String word : places) {
      place(word)
          .ifPresentOrElse(
              found::add,
              () ->
                  wrong.add(
                      Visible.line(
                          "--vantage {}: write NAME=ZONE:AGENT, such as laptop=cluster-admin:local;"
                              + " agents: local, offline, netns=NAME, ssh=HOST",
                          word)));
    }
    if (!wrong.isEmpty()) {
      throw Refusal.input(wrong);
    }
    return new DiscoveryOptions(Optional.ofNullable(zoneLabel), members, found);
  }

  private static Optional<Place> place(String word) {
    String[] parts = word.split("=", 2);
    int colon = parts.length == 2 ? parts[1].indexOf(':') : -1;
    if (colon < 0 || !parts[0].matches(NAME)) {
      return Optional.empty();
    }
    List<String> zones = List.of(parts[1].substring(0, colon).split(",", -1));
    String agent = parts[1].substring(colon + 1);
    boolean plain = agent.equals("local") || agent.equals("offline");
    boolean led = agent.matches("(netns|ssh)=\\S+");
    return zones.stream().allMatch(Zone::isName) && (plain || led)
        ? Optional.of(new Place(parts[0], zones, agent.replaceFirst("=", " ")))
        : Optional.empty();
  }
}
