package io.pachube.sandbox;

import org.apache.activemq.artemis.core.security.CheckType;
import org.apache.activemq.artemis.core.security.Role;
import org.apache.activemq.artemis.spi.core.protocol.RemotingConnection;
import org.apache.activemq.artemis.spi.core.security.ActiveMQSecurityManager4;

import java.util.Set;

/** Checks each operation of a client against its {@link TopicPermissions}, address by address. */
final class BrokerSecurityManager implements ActiveMQSecurityManager4 {
    /** Called once for each connection, before Artemis looks for a session of that client id. */
    @Override
    public String validateUser(
            String user, String password, RemotingConnection connection, String domain) {
        ClientPrincipal client = ClientPrincipal.of(connection);
        // A client id is a name within its user: nobody takes another's session by its id.
        connection.setClientID(client.name() + "/" + connection.getClientID());
        return client.name();
    }

    @Override
    public String validateUserAndRole(
            String user,
            String password,
            Set<Role> roles,
            CheckType type,
            String address,
            RemotingConnection connection,
            String domain) {
        ClientPrincipal client = ClientPrincipal.of(connection);
        boolean allowed =
                switch (type) {
                    case SEND -> client.mayWrite(address);
                    // before the first message to it, or the first subscription
                    case CREATE_ADDRESS -> client.mayWrite(address) || client.mayRead(address);
                    case MANAGE, BROWSE, VIEW, EDIT -> false;
                    default -> client.mayRead(address);
                };
        return allowed ? client.name() : null;
    }

    @Override
    public boolean validateUser(String user, String password) {
        return false;
    }

    @Override
    public boolean validateUserAndRole(
            String user, String password, Set<Role> roles, CheckType type) {
        return false;
    }
}
