package io.pachube.bridge.observability;

import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

import java.util.Map;
import java.util.function.BooleanSupplier;

/** Says whether the bridge is the leader. A standby is UP, unless it is configured otherwise. */
public final class LeaderHealthCheck extends AbstractHealthCheck {

    private final BooleanSupplier isLeader;
    private final boolean isStandbyReady;

    /**
     * @param isStandbyReady false: a standby is DOWN
     */
    public LeaderHealthCheck(
            CamelContext context, BooleanSupplier isLeader, boolean isStandbyReady) {
        super(BridgeHealth.GROUP, "pachube-leader");
        setCamelContext(context);
        this.isLeader = isLeader;
        this.isStandbyReady = isStandbyReady;
    }

    /** A restart does not make a standby the leader. */
    @Override
    public boolean isLiveness() {
        return false;
    }

    @Override
    protected void doCall(HealthCheckResultBuilder result, Map<String, Object> options) {
        boolean leads = isLeader.getAsBoolean();
        result.detail("cluster.leader", leads);
        if (leads || isStandbyReady) {
            result.up();
        } else {
            result.message("Standby: another bridge is the leader (cluster.standby-ready=false)")
                    .down();
        }
    }
}
