package io.k8sfw.reporters;

import io.k8sfw.evaluate.Verdict;
import io.k8sfw.evaluate.Verdict.Deviation;
import io.k8sfw.inventory.Node;
import io.k8sfw.matrix.Condition;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.model.AddressClass;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.Family;
import io.k8sfw.model.NodeAddress;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Zone;
import io.k8sfw.plan.Row;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Findings;
import io.k8sfw.result.Findings.Finding;
import io.k8sfw.result.Findings.Sighted;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// What a finding means for the cluster, and what to do about it.
///
/// @param means in plain language, without node names
/// @param fix what to change, and where
/// @param example nftables commands that do it, where they are certain to be right; empty otherwise
/// @param again how to look again by hand
record Advice(String means, String fix, List<String> example, String again) {
  /// Addresses that an example still can hold; more belong in a named set.
  private static final int MAX_ADDRESSES = 12;

  /// Runs of ports that a sentence can hold.
  private static final int MAX_RANGES = 8;

  /// kubeadm's default (`cmd/kubeadm/app/apis/kubeadm/v1beta4/defaults.go`, DefaultAPIBindPort),
  /// where the fact api-port says nothing else.
  private static final String API_PORT = "6443";

  static Advice of(Finding finding, AuditResult result) {
    return new Advice(
        means(finding) + who(finding, result),
        fix(finding, result),
        example(finding, result),
        again(finding));
  }

  private static String means(Finding f) {
    Optional<KnownService> service = KnownService.on(f.row().protocol(), ports(f));
    return f.deviation()
        .map(Advice::means)
        .orElseGet(() ->
            switch (f.kind()) {
              case OVER_EXPOSED ->
                  Findings.zones(f.from())
                      + " can reach "
                      + flow(f)
                      + " of "
                      + Findings.zones(f.to())
                      + " nodes, and no rule of the matrix lets them. "
                      + service
                          .map(s -> "What usually listens there: " + s.name() + ". " + s.reached())
                          .orElse("Something listens there and answers.");
              case MISSING ->
                  Findings.zones(f.from())
                      + " cannot reach "
                      + flow(f)
                      + " of "
                      + Findings.zones(f.to())
                      + " nodes, although the matrix demands it. "
                      + service
                          .map(s -> "What usually listens there: " + s.name() + ". " + s.blocked())
                          .orElse("What depends on it fails.");
              case DEVIATES -> "The flow is not as the policy wants it.";
            });
  }

  /// Whom it hits, beyond those who were found: clients of a Service, and pods that call the API.
  private static String who(Finding f, AuditResult result) {
    List<String> sentences = new ArrayList<>();
    NodePorts.service(f.row(), result)
        .ifPresent(s -> sentences.add("It is the NodePort of the Service " + s.name() + "."));
    boolean failing =
        f.kind() == Verdict.Kind.MISSING || f.deviation().equals(Optional.of(Deviation.UNSTABLE));
    if (failing) {
      NodePorts.flaky(f, result).ifPresent(sentences::add);
    }
    if (isApiOfPods(f, result)) {
      sentences.add(
          f.kind() == Verdict.Kind.MISSING
              ? "Pods call the API by the Service kubernetes, whose port 443 is rewritten to this one:"
                  + " they are cut off from it."
              : "Pods call the API by the Service kubernetes, whose port 443 is rewritten to this one,"
                  + " and arrive with their own address or their node's: closing it cuts them off."
                  + " Unless that is wanted, give them a rule in the matrix.");
    }
    return sentences.isEmpty() ? "" : " " + String.join(" ", sentences);
  }

  /// Whether the API server's own port is open or shut for pods or their nodes.
  private static boolean isApiOfPods(Finding f, AuditResult result) {
    String api = result.facts().value("api-port").orElse(API_PORT);
    return f.deviation().isEmpty()
        && f.row().protocol().equals(Protocol.TCP)
        && ports(f).toString().equals(api)
        && f.to().contains(Zone.CONTROL_PLANE)
        && (f.from().contains(Zone.POD) || f.from().contains(Zone.WORKER));
  }

  private static String means(Deviation how) {
    return switch (how) {
      case SERVICE_DOWN ->
          "The firewall lets the flow pass, but nothing listens: the service is down, or listens on"
              + " another address or port.";
      case OPEN_PATH ->
          "The firewall lets the flow pass, though nothing listens there now. Whatever listens there"
              + " next is exposed at once.";
      case UNSTABLE ->
          "Some attempts connect and some do not, more often than loss explains: a rate limit, a"
              + " full table, an overloaded service, or several machines behind one address.";
      case STALE_HOLE ->
          "The flow passes only because of a hole for a condition that does not hold here: it serves"
              + " nothing any more.";
      case FORBIDDEN_PORT ->
          "The policy wants this port closed for everyone, whatever a rule of the matrix permits.";
      case OVERLAY_INJECTABLE ->
          "The node unwraps overlay datagrams of a place that is no node. Nothing authenticates them:"
              + " whoever is there sends packets to any pod, with any source address.";
      case UNLISTED_LISTENER ->
          "The node listens on a port that the matrix does not know. A firewall may stand before it:"
              + " nobody asked.";
      case DENY_STYLE ->
          "The flow is denied, as it should be, but not in the way that the policy asks for.";
      case SOURCE_INDISTINGUISHABLE ->
          "The flow passes, as it should. But others, whom no rule lets in, arrive from the same"
              + " address: their packets are translated on the way, and the firewall cannot tell"
              + " them apart. What the matrix says of them cannot be had this way.";
    };
  }

  private static String fix(Finding f, AuditResult result) {
    return f.deviation()
        .map(d -> fix(d, f))
        .orElseGet(() ->
            switch (f.kind()) {
              case OVER_EXPOSED -> overExposed(f, result);
              case MISSING ->
                  "Allow "
                      + flow(f)
                      + " from "
                      + Findings.zones(f.from())
                      + " in every firewall on the way: cloud security group, host firewall,"
                      + " network policy. The evidence says which nodes refuse it, and whether"
                      + " somebody rejected or nobody answered."
                      + (NodePorts.areAmong(f.row(), ports(f), result)
                          ? " " + NodePorts.forwarding(result.facts())
                          : "")
                      + decidedBy(f);
              case DEVIATES -> "Compare the evidence with the policy of the matrix.";
            });
  }

  private static String overExposed(Finding f, AuditResult result) {
    NavigableSet<Zone> allowed = allowed(f, result);
    String close =
        allowed.isEmpty()
            ? "No rule lets anybody reach it: close "
                + flow(f)
                + ", or stop what listens, or bind it to the loopback address."
            : "Let only "
                + Findings.zones(allowed)
                + " reach "
                + flow(f)
                + " ("
                + rules(f.namedBy())
                + ").";
    String where =
        NodePorts.areAmong(f.row(), ports(f), result)
            ? " "
                + NodePorts.forwarding(result.facts())
                + " Close them there or in front of the node, or delete the Service that opens them."
            : " Close it in front of the node first, then on the node.";
    return close + where + " If the flow is wanted, add a rule to the matrix.";
  }

  private static String fix(Deviation how, Finding f) {
    return switch (how) {
      case SERVICE_DOWN ->
          "Start the service, or correct the address that it binds." + decidedBy(f);
      case OPEN_PATH ->
          "Tighten the rule that lets it pass; look for rules that allow whole ranges or all ports.";
      case UNSTABLE ->
          "Look for connection limits and dropped packets on the way and on the node, then audit"
              + " again at the pace polite.";
      case STALE_HOLE -> "Remove the firewall rule that is left over.";
      case FORBIDDEN_PORT ->
          "Switch off what listens there, or take the port off the policy's forbiddenPorts."
              + decidedBy(f);
      case OVERLAY_INJECTABLE ->
          "Let only the nodes' own addresses reach "
              + flow(f)
              + ": in front of the nodes first, then in every node's input chain. A rule on the"
              + " overlay's device comes too late.";
      case UNLISTED_LISTENER ->
          "Stop what listens there, bind it to the loopback address, or add a rule to the matrix that"
              + " says who may reach it.";
      case DENY_STYLE -> "Change the firewall's last rule from drop to reject, or the other way.";
      case SOURCE_INDISTINGUISHABLE ->
          "Stop the translation between them (for pods: no masquerading towards nodes), decide on"
              + " them before it (a network policy), or give up the difference in the matrix."
              + decidedBy(f);
    };
  }

  private static String decidedBy(Finding f) {
    return f.rules().isEmpty() ? "" : " It is demanded by " + rules(f.rules()) + ".";
  }

  private static String rules(List<String> ids) {
    return (ids.size() == 1 ? "rule " : "rules ") + String.join(", ", ids);
  }

  /// From where the rules that name these ports let traffic in.
  private static NavigableSet<Zone> allowed(Finding f, AuditResult result) {
    NavigableSet<Zone> allowed = new TreeSet<>();
    for (AuditResult.RuleInForce r : result.rules()) {
      if (f.namedBy().contains(r.rule().id())
          && r.holds() != Condition.Holds.NO
          && r.rule().expect() != Expectation.FORBIDDEN
          && !Collections.disjoint(r.rule().to(), f.to())) {
        allowed.addAll(r.rule().from());
      }
    }
    return allowed;
  }

  /// Only where one rule in the input chain is certain to be the answer: both ends are nodes whose
  /// addresses are known, and the ports are neither rewritten nor everything.
  private static List<String> example(Finding f, AuditResult result) {
    Row row = f.row();
    if (f.deviation().isPresent()
        || !row.protocol().hasPorts()
        || row.ports().isAll()
        || NodePorts.areAmong(row, row.ports(), result)) {
      return List.of();
    }
    return switch (f.kind()) {
      case OVER_EXPOSED -> {
        NavigableSet<Zone> allowed = allowed(f, result);
        yield allowed.isEmpty()
            ? List.of("nft insert rule inet filter input " + match(row) + " drop")
            : perFamily(f, result, allowed, "!= ", "drop");
      }
      case MISSING -> perFamily(f, result, f.from(), "", "accept");
      case DEVIATES -> List.of();
    };
  }

  private static List<String> perFamily(
      Finding f, AuditResult result, SortedSet<Zone> zones, String not, String action) {
    List<String> commands = new ArrayList<>();
    for (Family family : families(f)) {
      NavigableSet<String> addresses = addresses(result, zones, family);
      if (addresses.isEmpty() || addresses.size() > MAX_ADDRESSES) {
        return List.of();
      }
      commands.add(
          "nft insert rule inet filter input "
              + (family == Family.IPV4 ? "ip" : "ip6")
              + " saddr "
              + not
              + "{ "
              + String.join(", ", addresses)
              + " } "
              + match(f.row())
              + " "
              + action);
    }
    return commands;
  }

  /// Internal addresses of all nodes of `zones`; empty if a zone has none, because it is outside.
  private static NavigableSet<String> addresses(
      AuditResult result, SortedSet<Zone> zones, Family family) {
    NavigableSet<String> addresses = new TreeSet<>();
    for (Zone zone : zones) {
      List<String> ofZone = new ArrayList<>();
      for (Node node : result.nodes()) {
        for (NodeAddress a :
            node.zones().contains(zone) ? node.addresses() : List.<NodeAddress>of()) {
          if (a.type() == AddressClass.INTERNAL && a.family() == family) {
            ofZone.add(AddressText.of(a.address()));
          }
        }
      }
      if (ofZone.isEmpty()) {
        return new TreeSet<>();
      }
      addresses.addAll(ofZone);
    }
    return addresses;
  }

  private static NavigableSet<Family> families(Finding f) {
    return f.sightings().stream()
        .map(s -> s.assessment().check().flow().family())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String match(Row row) {
    String ports = row.ports().toString();
    return row.protocol() + " dport " + (ports.contains(",") ? "{ " + ports + " }" : ports);
  }

  private static String again(Finding f) {
    Sighted first = f.sightings().getFirst();
    var flow = first.assessment().check().flow();
    String wanted =
        switch (f.kind()) {
          case OVER_EXPOSED -> "it must not connect";
          case MISSING -> "it must connect";
          case DEVIATES -> "compare it with the evidence";
        };
    return "From %s, connect to %s port %s of %s (%s): %s."
        .formatted(
            flow.vantage(),
            flow.protocol(),
            first.judgement().ports().ranges().getFirst().first(),
            AddressText.of(flow.address()),
            flow.node(),
            wanted);
  }

  /// The ports that were seen so, or the whole row where they are too many to read.
  private static String flow(Finding f) {
    PortSet ports = ports(f);
    return ports.ranges().size() > MAX_RANGES
        ? "ports of " + f.row()
        : f.row().protocol() + "/" + ports;
  }

  /// The ports that were seen so.
  static PortSet ports(Finding f) {
    PortSet ports = PortSet.NONE;
    for (Sighted s : f.sightings()) {
      ports = ports.union(s.judgement().ports());
    }
    return ports;
  }
}
