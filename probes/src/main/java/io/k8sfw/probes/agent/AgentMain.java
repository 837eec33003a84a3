package io.k8sfw.probes.agent;

import io.k8sfw.model.Untrusted;
import io.k8sfw.probes.LocalVantage;
import io.k8sfw.probes.agent.relay.Exchange;
import io.k8sfw.probes.agent.relay.PodBoard;
import io.k8sfw.probes.agent.relay.Relay;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// An agent as a process of its own: serves whoever holds its standard input and output, from where
/// it was started.
///
/// Knows one limit, `--allow ADDRESS[,ADDRESS]...`: addresses beside these are refused, whatever
/// the controller says. With `--wait` alone it is no agent, but waits for those that others start
/// beside it: see [PodKeeper]. With `--relay NAME` alone it serves by way of the API server's
/// ConfigMaps of that name instead of standard input and output: see [PodBoard]. Uses nothing of
/// the rest of the program, so that it starts fast.
public final class AgentMain {
  private static final int USAGE = 2;
  private static final int CANNOT_RUN = 4;
  private static final String ALLOW = "--allow";
  private static final String WAIT = "--wait";
  private static final String RELAY = "--relay";

  /// A cluster takes a moment to know a new account's rights. Short, so that whoever waits for us
  /// learns the cause.
  private static final Duration UNHEARD = Duration.ofSeconds(20);

  /// For the last words to be fetched.
  private static final Duration FAREWELL = Duration.ofSeconds(5);

  private AgentMain() {}

  public static void main(String[] args) throws InterruptedException {
    PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true);
    // Standard output carries messages and nothing else, whoever may want to print.
    System.setOut(err);
    Runtime.getRuntime()
        .halt(
            run(
                List.of(args),
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                err));
  }

  /// Serves until the controller has enough.
  ///
  /// @param err what is wrong, for people
  /// @return the exit code: 0 when the controller said goodbye
  public static int run(List<String> args, InputStream in, OutputStream out, PrintStream err)
      throws InterruptedException {
    if (args.equals(List.of(WAIT))) {
      new PodKeeper().keep();
      return 0;
    }
    if (args.size() == 2 && args.getFirst().equals(RELAY)) {
      return relay(args.getLast(), err);
    }
    Set<InetAddress> allowed;
    try {
      allowed = allowed(args);
    } catch (IllegalArgumentException e) {
      err.println("k8sfw-audit agent: " + e.getMessage());
      return USAGE;
    }
    return serve(allowed, in, out, err);
  }

  private static int serve(
      Set<InetAddress> allowed, InputStream in, OutputStream out, PrintStream err)
      throws InterruptedException {
    try (LocalVantage vantage = LocalVantage.open("agent")) {
      Optional<String> why = new AgentServer(vantage, allowed, in, out).serve();
      why.ifPresent(cause -> err.println("k8sfw-audit agent: " + cause));
      return why.isPresent() ? CANNOT_RUN : 0;
    }
  }

  private static int relay(String name, PrintStream err) throws InterruptedException {
    Exchange exchange = new Exchange();
    Relay relay;
    try {
      relay =
          new Relay(
              exchange, PodBoard.ofThisPod(System.getenv(), name), UNHEARD, Relay.RESTART, name);
    } catch (IOException e) {
      err.println("k8sfw-audit agent: " + e.getMessage());
      return CANNOT_RUN;
    }
    int code;
    try (OutputStream out = exchange.out()) {
      code = serve(Set.of(), exchange.in(), out, err);
    } catch (IOException e) {
      throw new IllegalStateException("closing waits for nobody", e);
    }
    relay.await(FAREWELL);
    relay.end();
    return code;
  }

  private static Set<InetAddress> allowed(List<String> args) {
    Set<InetAddress> allowed = new LinkedHashSet<>();
    for (int i = 0; i < args.size(); i += 2) {
      if (!args.get(i).equals(ALLOW) || i + 1 == args.size()) {
        throw new IllegalArgumentException(
            Untrusted.of(args.get(i))
                + "? only "
                + ALLOW
                + " ADDRESS[,ADDRESS]..., "
                + WAIT
                + " or "
                + RELAY
                + " NAME is known");
      }
      for (String address : args.get(i + 1).split(",", -1)) {
        allowed.add(InetAddress.ofLiteral(address));
      }
    }
    return allowed;
  }
}
