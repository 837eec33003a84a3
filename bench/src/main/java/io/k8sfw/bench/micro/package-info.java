/// JMH benchmarks of the few functions whose time anyone could notice.
@NullMarked
package io.k8sfw.bench.micro;

import org.jspecify.annotations.NullMarked;
