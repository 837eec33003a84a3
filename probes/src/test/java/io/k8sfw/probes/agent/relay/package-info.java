@NullMarked
package io.k8sfw.probes.agent.relay;

import org.jspecify.annotations.NullMarked;
