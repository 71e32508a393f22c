/** A stylesheet as text: only the build of the saved grid's script knows how. */
declare module "*.css" {
  const text: string;
  export default text;
}
