package io.pachube.sandbox;

/** Runs the small Pachube on its own: {@code java -cp 'lib/*' io.pachube.sandbox.Main}. */
public final class Main {

    private Main() {}

    /**
     * Runs until the process is ended.
     *
     * @param args the host and the port to listen on, {@code 127.0.0.1 8090} if they are missing
     */
    public static void main(String[] args) throws InterruptedException {
        String host = args.length > 0 ? args[0] : "127.0.0.1";
        int port = args.length > 1 ? Integer.parseInt(args[1]) : 8090;
        try (SandboxPachube pachube = new SandboxPachube(host, port)) {
            pachube.start();
            System.out.printf(
                    "Pachube listens on %s, its API key is %s%n",
                    pachube.url(), SandboxPachube.DEMO_KEY);
            Thread.currentThread().join();
        }
    }
}
