/** The panel's image field: a place to drop, paste or choose a reference image. */
import type { AnyWidget } from "@anywidget/types";
import { createField } from "../image/field";
import { connectImage } from "../protocol/image";

export default (() => ({
  render({ model, el }) {
    const channel = connectImage(model, (image) => field.update(image));
    const field = createField(channel);
    field.update(channel.initial);
    el.append(field.element);
    return () => {
      channel.close();
      field.destroy();
    };
  },
})) satisfies AnyWidget<{ image: unknown }>;
