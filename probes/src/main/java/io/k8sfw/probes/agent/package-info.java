/// Vantage points in a process of their own: an agent serves them, over JSON lines.
@NullMarked
package io.k8sfw.probes.agent;

import org.jspecify.annotations.NullMarked;
