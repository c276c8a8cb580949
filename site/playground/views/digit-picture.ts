import { defineComponent, h, onMounted, type PropType, ref, watch } from "vue";

/** A picture of a digit; nothing as long as it is null. */
export const DigitPicture = defineComponent({
  name: "DigitPicture",
  props: { picture: { type: Object as PropType<ImageData | null>, default: null } },
  setup(props) {
    const canvas = ref<HTMLCanvasElement | null>(null);
    const paint = (): void => {
      if (props.picture !== null) canvas.value!.getContext("2d")!.putImageData(props.picture, 0, 0);
    };
    onMounted(paint);
    watch(() => props.picture, paint);
    return () => h("canvas", { ref: canvas, class: "pg-ink", width: 28, height: 28, "aria-hidden": "true" });
  },
});
