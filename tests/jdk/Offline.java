import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import sun.security.util.HostnameChecker;

/**
 * What the JDK's trust manager makes of certificate files at a given time, for vectors that have no private key.
 *
 * Reads lines of chain file, roots file, host name and seconds since 1970, separated by tabs; answers as Client does.
 */
public final class Offline {
    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println("jdk\t" + System.getProperty("java.version"));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split("\t");
            System.out.println(outcome(parts[0], parts[1], parts[2], Long.parseLong(parts[3])));
            System.out.flush();
        }
    }

    private static String outcome(String chain, String roots, String host, long seconds) {
        try {
            List<X509Certificate> presented = read(chain);
            Set<TrustAnchor> anchors = new HashSet<>();
            for (X509Certificate root : read(roots)) {
                anchors.add(new TrustAnchor(root, null));
            }
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, new X509CertSelector());
            parameters.setRevocationEnabled(false);
            parameters.setDate(new Date(seconds * 1000));
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(new CertPathTrustManagerParameters(parameters));
            X509TrustManager manager = (X509TrustManager) factory.getTrustManagers()[0];
            String type = presented.get(0).getPublicKey().getAlgorithm().equals("RSA") ? "ECDHE_RSA" : "ECDHE_ECDSA";
            manager.checkServerTrusted(presented.toArray(new X509Certificate[0]), type);
            HostnameChecker.getInstance(HostnameChecker.TYPE_TLS).match(host, presented.get(0), false);
            return "accept";
        } catch (Exception problem) {
            return "refuse\t" + String.valueOf(problem.getMessage()).replaceAll("\\s+", " ");
        }
    }

    private static List<X509Certificate> read(String path) throws Exception {
        List<X509Certificate> found = new ArrayList<>();
        try (InputStream file = new FileInputStream(path)) {
            CertificateFactory.getInstance("X.509").generateCertificates(file)
                    .forEach(certificate -> found.add((X509Certificate) certificate));
        }
        return found;
    }
}
