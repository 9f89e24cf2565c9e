import java.io.File;
import java.io.FileInputStream;
import java.util.Map;
import java.util.TreeMap;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Prints a line for each file and flavour (first argument, with commas), then its broken clauses with how often. */
public class Check {
  public static void main(String[] given) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    for (int at = 1; at < given.length; at++) {
      for (String name : given[0].split(",")) {
        PDFAFlavour flavour = PDFAFlavour.byFlavourId(name);
        try (PDFAParser parser = Foundries.defaultInstance().createParser(new FileInputStream(given[at]), flavour)) {
          for (ValidationResult result : Foundries.defaultInstance().createValidator(flavour, false).validateAll(parser)) {
            tell(name, new File(given[at]).getName(), result);
          }
        }
      }
    }
  }

  private static void tell(String flavour, String file, ValidationResult result) {
    System.out.println((result.isCompliant() ? "OK " : "FAIL ") + flavour + " " + result.getTotalAssertions() + " " + file);
    Map<String, Integer> broken = new TreeMap<>();
    for (TestAssertion one : result.getTestAssertions()) {
      if (one.getStatus() == TestAssertion.Status.FAILED) {
        broken.merge(one.getRuleId().getClause() + " " + one.getMessage(), 1, Integer::sum);
      }
    }
    broken.forEach((clause, count) -> System.out.println("  " + count + " x " + clause));
  }
}
