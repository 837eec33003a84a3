package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.http.WebSocketHandshakeException;
import io.k8sfw.probes.agent.AgentEnd;
import io.k8sfw.probes.agent.LastWords;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// An agent that was started in a pod by `pods/exec`.
///
/// The protocol's fourth version, the only one of many clusters, cannot close the agent's standard
/// input: the agent ends by the goodbye that it is told, and when the stream breaks.
final class ExecEnd implements AgentEnd {
  /// A kubelet that nothing hides answers within milliseconds. One that a firewall hides is given
  /// up by the API server after 30 s.
  private static final Duration OPENING = Duration.ofSeconds(15);

  private static final int FORBIDDEN = 403;

  /// From here on it is not the request that is wrong (RFC 9110 section 15.6).
  private static final int SERVER_ERROR = 500;

  private static final Duration GOODBYE = Duration.ofSeconds(3);
  private static final Duration TERMINATION = Duration.ofSeconds(1);

  private final ExecWatch exec;
  private final LastWords complaints;

  private ExecEnd(ExecWatch exec) {
    this.exec = exec;
    this.complaints = new LastWords(exec.getError());
  }

  /// @param place name of the vantage point
  /// @throws NoExecException where the cluster opens no way to the pod's processes, or not in time
  /// @throws IOException where it does not let us ask for one, or nobody wants it any more
  static ExecEnd open(KubernetesClient client, String namespace, String pod, String place)
      throws IOException {
    PodResource there = client.pods().inNamespace(namespace).withName(pod);
    FutureTask<ExecWatch> opening = new FutureTask<>(() -> start(there));
    Thread.ofVirtual().name("exec-" + place).start(opening);
    try {
      ExecEnd end = new ExecEnd(opening.get(OPENING.toSeconds(), TimeUnit.SECONDS));
      end.complaints.start(place);
      return end;
    } catch (ExecutionException e) {
      throw refused(e.getCause(), there);
    } catch (TimeoutException e) {
      abandon(opening);
      throw new NoExecException(unanswered(), answers(there), e);
    } catch (InterruptedException e) {
      abandon(opening);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /// Waits until the kubelet has answered, or the client gives up.
  private static ExecWatch start(PodResource pod) {
    return pod.inContainer(AgentPod.CONTAINER)
        .withReadyWaitTimeout(0)
        .redirectingInput()
        .redirectingOutput()
        .redirectingError()
        .exec(AgentPod.PROGRAM);
  }

  /// What comes too late is closed when it comes.
  private static void abandon(FutureTask<ExecWatch> opening) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            opening.get().close();
          } catch (ExecutionException | InterruptedException _) {
            // It did not come at all.
          }
        });
  }

  private static String unanswered() {
    return "no answer within "
        + OPENING.toSeconds()
        + " s, as where packets are dropped on the way";
  }

  private static IOException refused(@Nullable Throwable e, PodResource pod) {
    for (Throwable cause : ApiFailure.causes(e)) {
      if (cause instanceof TimeoutException) {
        return new NoExecException(unanswered(), answers(pod), e);
      }
      if (cause instanceof WebSocketHandshakeException handshake) {
        int code = handshake.getResponse().code();
        return code == FORBIDDEN
            ? new IOException(
                "not allowed: it takes the verbs get and create on pods/exec; see k8sfw-audit"
                    + " cluster rbac",
                e)
            : new NoExecException(
                "the API server said " + code + reason(pod), code >= SERVER_ERROR, e);
      }
    }
    return e instanceof KubernetesClientException api && api.getCode() > 0
        ? new IOException(ApiFailure.of(api), e)
        : new NoExecException(ApiFailure.innermost(e), answers(pod), e);
  }

  /// Whether the API server does: what it has to say does not matter.
  private static boolean answers(PodResource pod) {
    try {
      pod.get();
      return true;
    } catch (KubernetesClientException e) {
      return e.getCode() > 0;
    }
  }

  /// Whoever asks for an exec is not told why there is none (java.net.http hides the answer). The
  /// pod's log comes the same way, and its failure is told in words.
  private static String reason(PodResource pod) {
    try {
      pod.inContainer(AgentPod.CONTAINER).tailingLines(1).getLog();
      return ", though the kubelet answers";
    } catch (KubernetesClientException e) {
      return e.getCode() == FORBIDDEN ? "" : ": " + ApiFailure.words(e);
    }
  }

  @Override
  public InputStream in() {
    return exec.getOutput();
  }

  @Override
  public OutputStream out() {
    return new Input(exec.getInput());
  }

  /// The client says in its own way that a stream broke, which nobody who writes to one expects.
  static final class Input extends FilterOutputStream {
    Input(OutputStream out) {
      super(out);
    }

    private interface Step {
      void take() throws IOException;
    }

    @Override
    public void write(int b) throws IOException {
      taken(() -> out.write(b));
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      taken(() -> out.write(bytes, from, length));
    }

    @Override
    public void flush() throws IOException {
      taken(out::flush);
    }

    @Override
    public void close() throws IOException {
      taken(out::close);
    }

    private static void taken(Step step) throws IOException {
      try {
        step.take();
      } catch (KubernetesClientException e) {
        throw new IOException(ApiFailure.innermost(e), e);
      }
    }
  }

  @Override
  public String epitaph() {
    String code = exitCode(TERMINATION);
    complaints.await(TERMINATION);
    return code + complaints.last().map(said -> ": " + said).orElse("");
  }

  private String exitCode(Duration within) {
    try {
      Integer code = exec.exitCode().get(within.toMillis(), TimeUnit.MILLISECONDS);
      // Nobody said how it ended: the API server, the kubelet or what is between them went away.
      return code == null ? ": the stream of its exec broke" : " (exit code " + code + ")";
    } catch (ExecutionException e) {
      return ": " + ApiFailure.innermost(e.getCause());
    } catch (TimeoutException _) {
      return "";
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  @Override
  public void kill() {
    exec.close();
  }

  @Override
  public void bury() {
    boolean interrupted = Thread.interrupted();
    exitCode(GOODBYE);
    exec.close();
    complaints.await(TERMINATION);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
