package io.pachube.bridge.delivery;

import java.lang.management.ManagementFactory;

import javax.management.JMException;
import javax.management.ObjectName;

/** The load of the processors of this machine, or of its container. */
final class CpuLoad {

    private CpuLoad() {}

    /** Returns 0 to 1; 0 where it is unknown. */
    static double current() {
        try {
            return (double)
                    ManagementFactory.getPlatformMBeanServer()
                            .getAttribute(
                                    new ObjectName(ManagementFactory.OPERATING_SYSTEM_MXBEAN_NAME),
                                    "CpuLoad");
        } catch (JMException e) {
            return 0;
        }
    }
}
