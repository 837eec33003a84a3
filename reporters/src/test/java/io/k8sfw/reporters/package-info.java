@NullMarked
package io.k8sfw.reporters;

import org.jspecify.annotations.NullMarked;
