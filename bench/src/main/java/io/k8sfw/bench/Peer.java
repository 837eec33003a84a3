package io.k8sfw.bench;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/// Other scanners, as their users start them.
enum Peer {
  NMAP("nmap -sT", "-n -Pn"),
  NMAP_FAST("nmap -sS -T4 --min-rate 1000", "-n -Pn"),
  NMAP_UDP("nmap -sU", "-n -Pn"),
  MASSCAN("masscan --rate 1000 --retries 2", "--wait 3");

  private final String label;
  private final String options;

  Peer(String label, String options) {
    this.label = label;
    this.options = options;
  }

  String label() {
    return label;
  }

  private Path report(Path directory) {
    return directory.resolve(name().toLowerCase(java.util.Locale.ROOT) + ".out");
  }

  List<String> command(Truth truth, Path directory) throws IOException {
    Path targets = directory.resolve("targets");
    Files.write(targets, truth.addresses());
    String ports = Truth.FIRST_PORT + "-" + truth.lastPort();
    boolean ipv6 = truth.addresses().getFirst().contains(":");
    List<String> all = new ArrayList<>(List.of((label + " " + options).split(" ", -1)));
    all.addAll(List.of("-p", ports, "-iL", targets.toString()));
    if (this == MASSCAN) {
      all.addAll(
          List.of(
              "--interface",
              Bed.DEVICE,
              "--router-ip",
              "10.65.0.2",
              "-oL",
              report(directory).toString()));
    } else {
      all.addAll(List.of("-oX", report(directory).toString()));
      if (ipv6) {
        all.add("-6");
      }
    }
    return all;
  }

  /// What it claims; empty where it left nothing that can be read.
  Map<Flow, Claim> claims(Truth truth, Path directory) throws IOException {
    if (!Files.exists(report(directory))) {
      return Map.of();
    }
    return this == MASSCAN ? masscan(truth, directory) : nmap(directory);
  }

  /// It lists open ports; the rest it takes for not open.
  private Map<Flow, Claim> masscan(Truth truth, Path directory) throws IOException {
    Map<Flow, Claim> claims = new HashMap<>();
    truth.fates().keySet().forEach(f -> claims.put(f, Claim.of(Claim.Kind.NOT_OPEN, "not listed")));
    for (String line : Files.readAllLines(report(directory))) {
      String[] words = line.split(" ", -1);
      if (words.length >= 4 && words[0].equals("open")) {
        claims.put(
            new Flow(words[3], Integer.parseInt(words[2])), Claim.of(Claim.Kind.OPEN, "listed"));
      }
    }
    return claims;
  }

  private Map<Flow, Claim> nmap(Path directory) throws IOException {
    Map<Flow, Claim> claims = new HashMap<>();
    String xml = Files.readString(report(directory)).replaceFirst("<!DOCTYPE nmaprun>", "");
    if (!xml.contains("</host>")) {
      return Map.of();
    }
    if (!xml.contains("</nmaprun>")) {
      // Ended before it was done: what it has finished stands.
      xml = xml.substring(0, Math.max(xml.lastIndexOf("</host>"), 0)) + "</host></nmaprun>";
    }
    try {
      Element root =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(new InputSource(new StringReader(xml)))
              .getDocumentElement();
      for (Element host : elements(root, "host")) {
        String address = elements(host, "address").getFirst().getAttribute("addr");
        for (Element port : elements(host, "port")) {
          Element state = elements(port, "state").getFirst();
          claims.put(
              new Flow(address, Integer.parseInt(port.getAttribute("portid"))),
              claim(state.getAttribute("state"), state.getAttribute("reason")));
        }
        for (Element extra : elements(host, "extraports")) {
          for (Element reason : elements(extra, "extrareasons")) {
            String list = reason.getAttribute("ports").replace(",", ", ");
            Claim claim = claim(extra.getAttribute("state"), reason.getAttribute("reason"));
            Audit.ports(list).forEach(p -> claims.put(new Flow(address, p), claim));
          }
        }
      }
    } catch (SAXException | ParserConfigurationException _) {
      return Map.of();
    }
    return claims;
  }

  private static List<Element> elements(Element parent, String name) {
    NodeList nodes = parent.getElementsByTagName(name);
    return Stream.iterate(0, i -> i + 1)
        .limit(nodes.getLength())
        .map(i -> (Element) nodes.item(i))
        .toList();
  }

  private static Claim claim(String state, String reason) {
    return Claim.of(
        switch (state) {
          case "open" -> Claim.Kind.OPEN;
          case "closed" -> Claim.Kind.CLOSED;
          case "filtered" -> Claim.Kind.BLOCKED;
          default -> Claim.Kind.UNKNOWN;
        },
        reason);
  }
}
