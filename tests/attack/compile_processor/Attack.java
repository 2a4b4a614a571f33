import java.util.Set;
import javax.annotation.processing.AbstractProcessor;
import javax.annotation.processing.RoundEnvironment;
import javax.annotation.processing.SupportedAnnotationTypes;
import javax.lang.model.element.TypeElement;

@SupportedAnnotationTypes("*")
public class Attack extends AbstractProcessor {
  static {
    System.err.println("BROKEN: the processor is loaded");
  }

  @Override
  public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
    System.err.println("BROKEN: the processor runs");
    return false;
  }

  public static void main(String[] arguments) {
    System.out.println("held");
  }
}
